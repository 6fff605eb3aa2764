/* identity.c - who a request says that it is from. */
#include "fcgi-api/http/identity.h"

#include "fcgi-api/http/percent.h"
#include "lib/utf8.h"

/* Browsers send U+0080 to U+00FF as one byte each (Fetch Standard, isomorphic encode). */
static struct str
identity_from_latin1(char *to, struct str latin1)
{
    size_t length = 0;

    for (size_t i = 0; i < latin1.len; i++) {
        unsigned char c = (unsigned char)latin1.p[i];

        if (c < 0x80) {
            to[length++] = (char)c;
        } else {
            to[length++] = (char)(0xC0 | (c >> 6));
            to[length++] = (char)(0x80 | (c & 0x3F));
        }
    }
    return str_make(to, length);
}

void
identity_read(struct identity *id, struct str user, struct str token)
{
    id->user = user;
    id->token = token;
    id->reading = IDENTITY_AS_SENT;
    if (user.len <= IDENTITY_MAX_BYTES && !utf8_valid(user)) {
        id->user = identity_from_latin1(id->utf8, user);
    }
}

/* Of `x, x`, which is what web servers make of a header that comes twice, `x`. A text that stands
 * there once more by itself comes here as well: so this is not the first reading. */
static bool
identity_halve(struct str *s)
{
    size_t half = s->len > 0 ? (s->len - 1) / 2 : 0;
    struct str first = str_make(s->p, half), second, comma;

    if (half == 0) {
        return false;
    }
    comma = str_make(s->p + half, s->len - 2 * half);
    second = str_make(s->p + s->len - half, half);
    if (!str_equal(first, second) || (!str_is(comma, ",") && !str_is(comma, ", "))) {
        return false;
    }
    *s = first;
    return true;
}

static bool
identity_count_once(struct identity *id)
{
    bool user = identity_halve(&id->user), token = identity_halve(&id->token);

    return user || token;
}

static bool
identity_decode(struct identity *id)
{
    struct str decoded;

    if (id->user.len == 0 || id->user.len >= sizeof(id->decoded) ||
        memchr(id->user.p, '%', id->user.len) == NULL) {
        return false;
    }
    memcpy(id->decoded, id->user.p, id->user.len);
    decoded = percent_decode(id->decoded, id->decoded + id->user.len, false);
    if (str_equal(decoded, id->user)) {
        return false;
    }
    id->user = decoded;
    return true;
}

bool
identity_next(struct identity *id)
{
    while (id->reading < IDENTITY_DECODED) {
        id->reading++;
        if ((id->reading == IDENTITY_ONCE ? identity_count_once(id) : identity_decode(id)) &&
            id_valid(id->user)) {
            return true;
        }
    }
    return false;
}
