/* duration.c - any bytes as a span of time. */
#include "lib/config/duration.h"

#include "lib/rules.h"
#include "tests/fuzz/fuzz.h"

/* The same read from the right, by another way: a number before each letter. */
static int64_t
sum_of(struct str text)
{
    int64_t total = 0, n = 0, place = 1, unit = 0;

    for (size_t i = text.len; i > 0; i--) {
        char c = text.p[i - 1];

        if (c >= '0' && c <= '9') {
            n += (c - '0') * place;
            place = place < RULE_SECONDS_MAX ? 10 * place : place;
            continue;
        }
        total += n * unit;
        n = 0;
        place = 1;
        unit = c == 's' ? 1 : c == 'm' ? 60 : c == 'h' ? 3600 : c == 'd' ? 86400 : 604800;
    }
    return total + n * unit;
}

static void
fuzz(struct str input)
{
    int64_t seconds = -1;

    if (!duration_parse(input, &seconds)) {
        CHECK(seconds == -1);
    } else if (str_is(input, "ever")) {
        CHECK(seconds == 0);
    } else {
        CHECK(seconds >= 1 && seconds <= RULE_SECONDS_MAX);
        CHECK(seconds == sum_of(input));
    }
}
