/* hostport.c - ADDRESS:PORT. */
#include "lib/config/hostport.h"

#include <string.h>

#include "lib/config/number.h"
#include "lib/wordlist.h"

bool
hostport_split(struct str text, char host[HOSTPORT_HOST_SIZE], int *port)
{
    const char *colon = text.len > 0 ? memrchr(text.p, ':', text.len) : NULL;
    struct str name;
    bool bracketed;
    int64_t n;

    if (colon == NULL) {
        return false;
    }
    name = str_make(text.p, (size_t)(colon - text.p));
    if (!number_parse(str_make(colon + 1, text.len - name.len - 1), 1, 65535, &n)) {
        return false;
    }
    bracketed = name.len > 2 && name.p[0] == '[' && name.p[name.len - 1] == ']';
    if (bracketed) {
        name = str_make(name.p + 1, name.len - 2);
    }
    if (name.len == 0 || name.len >= HOSTPORT_HOST_SIZE) {
        return false;
    }
    memcpy(host, name.p, name.len);
    host[name.len] = '\0';
    *port = (int)n;
    return strpbrk(host, "[] ") == NULL && bracketed == (strchr(host, ':') != NULL);
}

bool
hostport_list_is_valid(const char *list)
{
    char host[HOSTPORT_HOST_SIZE];
    struct str word;
    int port;

    while ((word = wordlist_next(&list)).len > 0) {
        if (!hostport_split(word, host, &port)) {
            return false;
        }
    }
    return true;
}
