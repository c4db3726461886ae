"""Texts of which the characters depend on the input."""

from tests.alta_verify.reading.spec_functions import agreed, refused


def test_texts_are_concatenated_and_formatted():
    agreed("""
a, b = tokens[0], tokens[1]
word = f"{a}{b:>2}{a == b}{'x' if a else 'yz'}{b!r}"
return (
    word, len(word), word[a], word + "!", str(word), "1" in word, "Tr" in word,
    word == "0 0Trueyz0\",
)""")


def test_numbers_are_read_from_their_digits():
    agreed(
        "return int(str(tokens[0]) + '0' + str(tokens[1])), int('-7'), int('1' * (tokens[0] + 1))"
    )
    agreed("return int(''.join(str(token) for token in tokens if token))")
    assert "other characters than 0 to 9" in refused(
        "return [int(''.join(['+1'[tokens[0] > 0], str(tokens[1])]))]"
    )


def test_leading_zeros_are_left_out_and_put_back():
    agreed(
        "n = int(''.join(map(str, tokens))) * 100\n"
        "return str(n), str(n).zfill(5), str(n).zfill(2), len(str(n)), int(str(n))"
    )
