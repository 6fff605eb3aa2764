/* target.c - where a connection leads, and what for. */
#include "push-daemon/redis/target.h"

#include <stdio.h>

struct target
target_of(const char *what, enum target_kind kind, const struct place *place)
{
    struct target t = {.kind = kind};
    char text[PLACE_TEXT_SIZE];

    if (place == NULL) {
        snprintf(t.name, sizeof(t.name), "%s", what);
        return t;
    }
    t.place = *place;
    place_print(place, text);
    snprintf(t.name, sizeof(t.name), "%s node=%s", what, text);
    return t;
}
