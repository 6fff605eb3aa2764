/* names.c - what fastim keeps in Redis, told by its names. */
#include "fcgi-api/ctl/copy/names.h"

#include <string.h>

#include "lib/ids.h"

enum shape {
    SHAPE_ID,
    SHAPE_ID_OR_NONE,
    SHAPE_PAIR,
    SHAPE_ALONE
};

static const struct row {
    enum key_kind kind;
    enum shape shape;
} rows[] = {
    {KEY_LOGIN, SHAPE_ID},           {KEY_MESSAGES, SHAPE_ID},      {KEY_GROUPS, SHAPE_ID},
    {KEY_LAST_TS, SHAPE_ID},         {KEY_USER_FAILURES, SHAPE_ID}, {KEY_CLIENT_FAILURES, SHAPE_ID},
    {KEY_BOTH_FAILURES, SHAPE_PAIR}, {KEY_READ, SHAPE_ID},          {KEY_SENT, SHAPE_PAIR},
    {KEY_EVENT_LOG, SHAPE_ID},       {KEY_RULES, SHAPE_ID_OR_NONE}, {KEY_CAP, SHAPE_ID},
    {KEY_WORDS, SHAPE_ALONE},        {KEY_AUDIT, SHAPE_ALONE},
};

/* Takes the second id off the name: no id has a slash. Without one p is NULL. */
static struct str
name_take_second(struct str *full)
{
    const char *slash = full->len > 0 ? memrchr(full->p, '/', full->len) : NULL;
    struct str second = {.p = NULL};

    if (slash != NULL) {
        second = str_make(slash + 1, full->len - (size_t)(slash + 1 - full->p));
        full->len = (size_t)(slash - full->p);
    }
    return second;
}

static bool
name_has_shape(const struct name *name, enum shape shape)
{
    switch (shape) {
    case SHAPE_ALONE:
        return name->id.len == 0;
    case SHAPE_ID_OR_NONE:
        return name->id.len == 0 || id_valid(name->id);
    case SHAPE_PAIR:
        return id_valid(name->id) && name->second.p != NULL && id_valid(name->second);
    case SHAPE_ID:
        break;
    }
    return id_valid(name->id);
}

enum name_result
name_read(struct name *name, const struct config_redis *redis, struct str full)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str first = full;

        name->kind = rows[i].kind;
        name->second = rows[i].shape == SHAPE_PAIR ? name_take_second(&first) : str_make(NULL, 0);
        name->id = key_id(first, redis, name->kind);
        if (name->id.p == NULL || (rows[i].shape == SHAPE_ALONE && name->id.len > 0)) {
            continue;
        }
        return name_has_shape(name, rows[i].shape) ? NAME_KEPT : NAME_STRANGE;
    }
    return NAME_OTHER;
}

void
name_add(struct argv *argv, const struct config_redis *redis, const struct name *name)
{
    if (name->second.p != NULL) {
        argv_add_pair_key(argv, redis, name->kind, name->id, name->second);
    } else {
        argv_add_key(argv, redis, name->kind, name->id);
    }
}
