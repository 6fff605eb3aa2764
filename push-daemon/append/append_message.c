/* append_message.c - copies of a message. */
#include "push-daemon/append/append_message.h"

static struct str
append_message_copy_str(char **to, struct str s)
{
    struct str copy = {*to, s.len};

    memcpy(*to, s.len > 0 ? s.p : "", s.len);
    *to += s.len;
    return copy;
}

size_t
append_message_bytes(const struct append_message *m)
{
    return m->group.len + m->user.len + m->info.len + m->token.len + m->id.len;
}

void
append_message_copy(struct append_message *to, const struct append_message *m, char *bytes)
{
    to->group = append_message_copy_str(&bytes, m->group);
    to->user = append_message_copy_str(&bytes, m->user);
    to->info = append_message_copy_str(&bytes, m->info);
    to->token = append_message_copy_str(&bytes, m->token);
    to->id = append_message_copy_str(&bytes, m->id);
    to->standing = m->standing;
}
