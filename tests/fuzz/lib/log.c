/* log.c - any bytes as a value in a log line: one line, printable, in closed quotes. */
#include "lib/log.h"

#include "tests/fuzz/fuzz.h"

static void
fuzz(struct str input)
{
    struct log_quoted quoted = log_quote(input);
    size_t length = strlen(quoted.text);

    CHECK(length >= 2 && length < sizeof(quoted.text));
    CHECK(quoted.text[0] == '"' && quoted.text[length - 1] == '"');
    for (size_t i = 1; i < length - 1; i++) {
        unsigned char c = (unsigned char)quoted.text[i];

        CHECK(c != '"');
        i += c == '\\'; /* and what it escapes */
        CHECK(i < length - 1);
    }
}
