#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes policy/normalise_table.cc: what every character beyond ASCII is folded to.

From Python's unicodedata (NFKD, digits, categories), and by hand what Unicode's decompositions do not say:
letters that look like Latin ones, quotes, dashes, marks of trade. Run: policy/normalise_table.py > policy/normalise_table.cc
"""
import unicodedata

LOOKALIKES = """
Α A Β B Ε E Ζ Z Η H Ι I Κ K Μ M Ν N Ο O Ρ P Τ T Υ Y Χ X α a γ y ε e ι i κ k ν v ο o ρ p σ o τ t υ u χ x ω w ϲ c Ϲ C ϳ j Ϝ F μ u
А A В B Е E Ѕ S І I Ј J К K М M Н H О O Р P С C Т T У Y Х X Ү Y Һ H Ԛ Q Ԝ W Ь b а a в b г r е e ѕ s і i ј j к k м m н h о o п n р p с c
т t у y х x ѡ w һ h ԛ q ԝ w ԁ d ӏ l Ӏ I ү y ґ r ѵ v Ѵ V ё e Ё E ї i Ї I ў y Ў Y
Օ O Տ S Լ L Ս U Յ J Ֆ F ա w գ q զ q հ h ո n օ o ս u տ s ց g ք f ե t յ j
Ꭺ A Ᏼ B Ꮯ C Ꭰ D Ꭼ E Ꮐ G Ꮋ H Ꭻ J Ꮶ K Ꮮ L Ꮇ M Ꮲ P Ꮪ S Ꭲ T Ꮩ V Ꮃ W Ꮓ Z Ꮒ h Ꭱ R Ꮎ O
ꓐ B ꓑ P ꓓ D ꓔ T ꓖ G ꓗ K ꓙ J ꓚ C ꓜ Z ꓝ F ꓟ M ꓠ N ꓡ L ꓢ S ꓣ R ꓦ V ꓧ H ꓪ W ꓫ X ꓬ Y ꓮ A ꓰ E ꓲ I ꓳ O ꓴ U
Ⲁ A Ⲃ B Ⲉ E Ⲏ H Ⲓ I Ⲕ K Ⲙ M Ⲛ N Ⲟ O Ⲣ P Ⲥ C Ⲧ T Ⲩ Y Ⲭ X ⲟ o ⲥ c ⲣ p
ı i ȷ j ł l Ł L ø o Ø O đ d Đ D ð d Ð D ħ h Ħ H ŧ t Ŧ T ɑ a ɡ g ɩ i ɪ I ʀ R ʏ Y ɴ N ʙ B ʜ H ʟ L ɢ G ſ s þ p Þ P ŋ n Ŋ N ĸ k
ƀ b Ɓ B ƃ b Ƈ C ƈ c Ɗ D ƒ f Ɠ G Ɨ I Ƙ K ƙ k ƚ l Ɲ N ƞ n Ɵ O Ƥ P ƥ p ƫ t Ƭ T ƭ t Ʋ V Ƴ Y ƴ y Ƶ Z ƶ z ǀ l ǃ ! ɓ b ɕ c ɖ d ɗ d ɛ e ɨ i ɫ l ɱ m ɲ n ɵ o ʂ s ʈ t ʉ u ʋ v ʐ z
ᴀ A ᴄ C ᴅ D ᴇ E ᴊ J ᴋ K ᴍ M ᴏ O ᴘ P ᴛ T ᴜ U ᴠ V ᴡ W ᴢ Z ꜰ F ꜱ S
∣ | ∕ / ⁄ / ⧸ / ∶ : ꞉ : ։ : ․ . ‥ .. 。 . 、 , ‚ , ٫ . ٬ , ⸴ , ｡ . ∗ * ⁎ * ˗ - − - ⁃ - ➖ - ー - 一 - ˆ ^ ˜ ~ ∼ ~ ‹ < › > × x
æ ae Æ AE œ oe Œ OE ß ss ẞ SS
"""
SAME = {"'": "‘’‚‛′ʹʻʼʽˈ´＇ꞌ", '"': "“”„‟″«»〝〞＂", "\n": "\u2028\u2029\u0085", " ": "\u2800"}
REMOVED = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0] + list(range(0x180B, 0x1810)) + \
          list(range(0xFE00, 0xFE10)) + list(range(0xE0000, 0xE01F0))
COMBINING = [(0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F)]


def by_hand():
    out = {}
    words = LOOKALIKES.split()
    for letter, latin in zip(words[::2], words[1::2]):
        out[ord(letter)] = latin
    for ascii_text, letters in SAME.items():
        for letter in letters:
            out[ord(letter)] = ascii_text
    for point in REMOVED:
        out[point] = ""
    return out


HAND = by_hand()


def folded(point):
    """The ASCII text, or None when the character stays as it is."""
    if point in HAND:
        return HAND[point]
    letter = chr(point)
    category = unicodedata.category(letter)
    if category == "Cf" or any(low <= point <= high for low, high in COMBINING):
        return ""
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(letter))
    plain = ""
    for part in unicodedata.normalize("NFKD", letter):
        if not any(low <= ord(part) <= high for low, high in COMBINING):
            plain += HAND.get(ord(part), part)
    if letter in "™℠":
        return " "
    if plain and plain != letter and plain.isascii() and plain.strip():
        return plain
    if category[0] in "SP" or category in ("Co", "Zl", "Zp"):
        return " "  # marks that separate words, like ASCII's
    return None


def neighbours(folds, at):
    """How many characters from `at` on stand one behind the other and are folded to the same."""
    count = 1
    while at + count < len(folds) and folds[at + count] == (folds[at][0] + count, folds[at][1]):
        count += 1
    return count


def runs_of(folds):
    """(first, count, text, whether each character has its own letter of the text)"""
    at = 0
    while at < len(folds):
        first, text = folds[at]
        count = neighbours(folds, at)
        own = len(text) == 1 and count < 4
        if own:
            count = 0
            while at + count < len(folds) and folds[at + count][0] == first + count \
                    and len(folds[at + count][1]) == 1 and neighbours(folds, at + count) < 4:
                count += 1
            text = "".join(fold for _, fold in folds[at:at + count])
        yield first, count, text, own
        at += count


def main():
    assigned = (point for point in range(0x80, 0x110000) if not 0xD800 <= point < 0xE000
                and (unicodedata.category(chr(point)) != "Cn" or point in HAND))
    folds = [(point, folded(point)) for point in assigned]
    pool = ""
    rows = []
    for first, count, text, own in runs_of([fold for fold in folds if fold[1] is not None]):
        at = pool.find(text)
        if at < 0:
            at = len(pool)
            pool += text
        rows.append("{0x%X,%d,%d,%d}" % (first, count, at, 0 if own else len(text) + 1))
    print("// SPDX-License-Identifier: Apache-2.0\n//\n// Made by policy/normalise_table.py from Unicode "
          + unicodedata.unidata_version + ": do not edit.\n// clang-format off\n#include \"policy/normalise_table.h\"\n\n"
          "namespace phimilter::policy {\n\nextern const std::string_view kFoldPool =")
    for at in range(0, len(pool), 100):
        print('    "' + "".join("\\" + c if c in '"\\?' else "\\n" if c == "\n" else c for c in pool[at:at + 100]) + '"'
              + (";" if at + 100 >= len(pool) else ""))
    print("\nstatic_assert(kFoldRuns == %d);" % len(rows))
    print("\nextern const std::array<FoldRun, kFoldRuns> kFolds{{")
    line = "   "
    for row in rows:
        if len(line) + len(row) > 118:
            print(line)
            line = "   "
        line += " " + row + ","
    print(line + "\n}};\n\n}  // namespace phimilter::policy")


main()
