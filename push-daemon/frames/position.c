/* position.c - where a client of fastim.v2 stands. */
#include "push-daemon/frames/position.h"

enum {
    DIGITS_MAX = 16 /* of 2^53 */
};

static bool
position_is_epoch(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];

        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            return false;
        }
    }
    return text.len == POSITION_EPOCH_CHARS;
}

/* Returns 0 if it is no number, or none that a position may have. */
static int64_t
position_number(struct str digits)
{
    int64_t n = 0;

    if (digits.len == 0 || digits.len > DIGITS_MAX) {
        return 0;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9') {
            return 0;
        }
        n = n * 10 + (digits.p[i] - '0');
    }
    return n < INT64_C(1) << 53 ? n : 0;
}

struct position
position_make(struct str epoch, int64_t at)
{
    struct position p = {{0}, 0};

    if (position_is_epoch(epoch)) {
        memcpy(p.epoch, epoch.p, POSITION_EPOCH_CHARS);
        p.at = at;
    }
    return p;
}

struct position
position_parse(struct str text)
{
    struct position nowhere = {{0}, 0};
    int64_t at;

    if (text.len <= POSITION_EPOCH_CHARS + 1 || text.p[POSITION_EPOCH_CHARS] != '-') {
        return nowhere;
    }
    at = position_number(
        str_make(text.p + POSITION_EPOCH_CHARS + 1, text.len - POSITION_EPOCH_CHARS - 1));
    return at > 0 ? position_make(str_make(text.p, POSITION_EPOCH_CHARS), at) : nowhere;
}

bool
position_has_epoch(const struct position *p, const char *epoch)
{
    return strcmp(p->epoch, epoch) == 0;
}

bool
position_equal(const struct position *a, const struct position *b)
{
    return a->at == b->at && position_has_epoch(a, b->epoch);
}
