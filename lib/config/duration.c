/* duration.c - spans of time as people write them. */
#include "lib/config/duration.h"

#include "lib/config/number.h"
#include "lib/rules.h"

struct unit {
    char letter;
    int64_t seconds;
};

static const struct unit units[] = {
    {'w', 7 * 86400}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1},
};

enum {
    UNITS = sizeof(units) / sizeof(units[0])
};

/* The index of the unit, from the one at first on; UNITS if there is none. */
static size_t
duration_find_unit(char letter, size_t first)
{
    while (first < UNITS && units[first].letter != letter) {
        first++;
    }
    return first;
}

/* Takes a number and its unit off rest, and adds it to total, which stays below twice the bound. */
static bool
duration_take(struct str *rest, size_t *next, int64_t *total)
{
    size_t digits = 0, unit;
    int64_t n;

    while (digits < rest->len && rest->p[digits] >= '0' && rest->p[digits] <= '9') {
        digits++;
    }
    unit = digits < rest->len ? duration_find_unit(rest->p[digits], *next) : UNITS;
    if (unit == UNITS ||
        !number_parse(str_make(rest->p, digits), 0, RULE_SECONDS_MAX / units[unit].seconds, &n)) {
        return false;
    }
    *next = unit + 1;
    *total += n * units[unit].seconds;
    *rest = str_make(rest->p + digits + 1, rest->len - digits - 1);
    return *total <= RULE_SECONDS_MAX;
}

bool
duration_parse(struct str text, int64_t *seconds)
{
    int64_t total = 0;
    size_t next = 0;

    if (str_is(text, "ever")) {
        *seconds = 0;
        return true;
    }
    while (text.len > 0) {
        if (!duration_take(&text, &next, &total)) {
            return false;
        }
    }
    if (total == 0) {
        return false;
    }
    *seconds = total;
    return true;
}
