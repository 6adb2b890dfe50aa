# SPDX-License-Identifier: Apache-2.0
"""Takes one mail over SMTP on loopback: prints the port, then writes the mail to the file named on the command line."""
import os
import socket
import sys

listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(60)
with open(sys.argv[1] + ".port.new", "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".port.new", sys.argv[1] + ".port")
client, _ = listener.accept()
stream = client.makefile("rwb", buffering=0)
stream.write(b"220 sink\r\n")
mail, in_data = b"", False
for line in iter(stream.readline, b""):
    if in_data and line == b".\r\n":
        in_data = False
        with open(sys.argv[1] + ".new", "wb") as file:
            file.write(mail)
        os.rename(sys.argv[1] + ".new", sys.argv[1])
        stream.write(b"250 2.0.0 Ok: queued as 4SINK\r\n")
    elif in_data:
        mail += line
    elif line.upper().startswith(b"DATA"):
        in_data = True
        stream.write(b"354 go\r\n")
    elif line.upper().startswith(b"QUIT"):
        stream.write(b"221 bye\r\n")
        break
    else:
        if line.upper().startswith((b"MAIL", b"RCPT")):
            mail += b"X-" + line.split(b":")[0].replace(b" ", b"-") + b": " + line.split(b":", 1)[1]
        stream.write(b"250 ok\r\n")
