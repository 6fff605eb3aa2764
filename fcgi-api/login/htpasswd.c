/* htpasswd.c - an Apache password file; the only file that knows libaprutil. */
#include "fcgi-api/login/htpasswd.h"

#include <apr_general.h>
#include <apr_md5.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "fcgi-api/login/hashkinds.h"
#include "fcgi-api/login/trust.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"

enum {
    FILE_MAX_BYTES = 64 << 20,
    /* htpasswd(1) does not replace the file but writes into it, and clocks of files are coarse:
     * so a file that changed just now may still be incomplete. */
    FRESH_MS = 2000,
    REST_MS = 100 /* htpasswd(1) takes no longer to write */
};

/* A line of the file. */
struct entry {
    UT_hash_handle hh;
    char *hash;
    char user[];
};

struct htpasswd {
    const char *path;
    struct entry *entries;
    struct hashkinds kinds;
    struct stat seen; /* of the file that was read */
    bool fresh;       /* it had changed just before */
};

/* ---- the file ---- */

static void
htpasswd_forget(struct htpasswd *h)
{
    struct entry *e, *next;

    HASH_ITER (hh, h->entries, e, next) {
        HASH_DEL(h->entries, e);
        free(e->hash);
        free(e);
    }
    hashkinds_clear(&h->kinds);
}

/* Takes user:hash; ignores what follows another colon. Of a user's lines the first one counts. */
static void
htpasswd_add_line(struct htpasswd *h, char *line)
{
    char *colon = strchr(line, ':');
    size_t user_length = colon != NULL ? (size_t)(colon - line) : 0;
    size_t hash_length = colon != NULL ? strcspn(colon + 1, ": \t\r\n") : 0;
    struct entry *e;

    if (line[0] == '#' || user_length == 0 || hash_length == 0) {
        return;
    }
    HASH_FIND(hh, h->entries, line, user_length, e);
    if (e != NULL) {
        return;
    }
    e = mem_zalloc(sizeof(*e) + user_length + 1);
    memcpy(e->user, line, user_length);
    e->hash = mem_dup(colon + 1, hash_length);
    HASH_ADD_KEYPTR(hh, h->entries, e->user, user_length, e);
    if (!hash_is_closed(e->hash)) {
        hashkinds_add(&h->kinds, e->hash);
    }
}

static void
htpasswd_read_lines(struct htpasswd *h, FILE *file)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, file) >= 0) {
        htpasswd_add_line(h, line);
    }
    free(line);
}

static bool
htpasswd_fail(struct htpasswd *h, const char *why)
{
    log_error("htpasswd file=%s reason=\"%s\"", log_quote(str_of(h->path)).text, why);
    return false;
}

static bool
htpasswd_load(struct htpasswd *h)
{
    FILE *file = fopen(h->path, "re");
    bool whole;

    h->fresh = true; /* until all of it was read */
    if (file == NULL) {
        return htpasswd_fail(h, strerror(errno));
    }
    if (fstat(fileno(file), &h->seen) != 0 || h->seen.st_size > FILE_MAX_BYTES ||
        !S_ISREG(h->seen.st_mode)) {
        fclose(file);
        return htpasswd_fail(h, "it is no file of at most 64 MiB");
    }
    if (trust_mode(&h->seen) != NULL) {
        fclose(file);
        return htpasswd_fail(h, trust_mode(&h->seen));
    }
    htpasswd_forget(h);
    htpasswd_read_lines(h, file);
    whole = !ferror(file);
    fclose(file);
    if (!whole) {
        return htpasswd_fail(h, "it cannot be read to its end");
    }
    if (h->kinds.too_many) {
        log_warn("htpasswd file=%s reason=\"more than %d kinds of hashes: the time a login takes "
                 "may tell them\"",
                 log_quote(str_of(h->path)).text, HASHKINDS_MAX);
    }
    h->fresh = clock_unix_ms() - h->seen.st_mtim.tv_sec * INT64_C(1000) < FRESH_MS;
    return true;
}

static bool
htpasswd_is_unchanged(const struct htpasswd *h)
{
    struct stat now;

    return !h->fresh && stat(h->path, &now) == 0 && now.st_ino == h->seen.st_ino &&
           now.st_dev == h->seen.st_dev && now.st_size == h->seen.st_size &&
           now.st_mtim.tv_sec == h->seen.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == h->seen.st_mtim.tv_nsec;
}

struct htpasswd *
htpasswd_open(const char *path)
{
    struct htpasswd *h = mem_zalloc(sizeof(*h));

    h->path = path;
    apr_initialize();
    if (!htpasswd_load(h)) {
        htpasswd_close(h);
        return NULL;
    }
    return h;
}

void
htpasswd_close(struct htpasswd *h)
{
    if (h != NULL) {
        htpasswd_forget(h);
        free(h);
        apr_terminate();
    }
}

/* ---- passwords ---- */

static bool
htpasswd_is_right(const struct htpasswd *h, struct str user, const char *password)
{
    bool right = false, checked = false;
    struct entry *e;

    HASH_FIND(hh, h->entries, user.p, user.len, e);
    if (e != NULL && hash_is_closed(e->hash)) {
        e = NULL; /* like an unknown user, and as slow */
    }
    for (size_t i = 0; i < h->kinds.count; i++) {
        bool own = e != NULL && hashkind_is_of(&h->kinds.kinds[i], e->hash);
        const char *hash = own ? e->hash : h->kinds.kinds[i].sample;

        checked = checked || own;
        right = (apr_password_validate(password, hash) == APR_SUCCESS && own) || right;
    }
    if (e != NULL && !checked) { /* its kind found no room in kinds */
        right = apr_password_validate(password, e->hash) == APR_SUCCESS;
    }
    return right;
}

enum htpasswd_answer
htpasswd_check(struct htpasswd *h, struct str user, const char *password)
{
    const struct timespec rest = {0, REST_MS * 1000000L};

    if (!htpasswd_is_unchanged(h) && !htpasswd_load(h)) {
        return HTPASSWD_UNREADABLE;
    }
    if (htpasswd_is_right(h, user, password)) {
        return HTPASSWD_RIGHT;
    }
    if (!h->fresh) {
        return HTPASSWD_WRONG;
    }
    nanosleep(&rest, NULL); /* perhaps the file was incomplete */
    if (!htpasswd_load(h)) {
        return HTPASSWD_UNREADABLE;
    }
    return htpasswd_is_right(h, user, password) ? HTPASSWD_RIGHT : HTPASSWD_WRONG;
}
