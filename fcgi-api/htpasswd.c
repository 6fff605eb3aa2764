/* htpasswd.c - an Apache password file; the only file that knows libaprutil. */
#include "fcgi-api/htpasswd.h"

#include <apr_general.h>
#include <apr_md5.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <uthash.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

enum {
    FILE_MAX_BYTES = 64 << 20,
    KINDS_MAX = 16,
    FRESH_MS =
        2000 /* htpasswd(1) writes in place, and clocks of files are coarse: it may not be over */
};

/* A line of the file. */
struct entry {
    UT_hash_handle hh;
    char *hash;
    char user[];
};

/* The hashes that take equally long: the same scheme at the same cost. */
struct kind {
    const char *sample; /* somebody's hash */
    size_t length;      /* of the beginning that makes the kind */
};

struct htpasswd {
    const char *path;
    struct entry *entries;
    struct kind kinds[KINDS_MAX];
    size_t kind_count;
    struct stat seen; /* the file that was read */
    bool fresh;       /* it had been written just before */
};

/* ---- kinds of hashes ---- */

static size_t
through(const char *hash, size_t from, char end)
{
    const char *found = strchr(hash + from, end);

    return found != NULL ? (size_t)(found - hash) + 1 : from;
}

/* {SHA}…, $apr1$salt$…, $6$salt$…, $6$rounds=9$salt$…, $2y$05$…, $y$j9T$salt$…; else crypt(3) of old */
static size_t
kind_length(const char *hash)
{
    size_t scheme;

    if (hash[0] == '{') {
        return through(hash, 0, '}');
    }
    if (hash[0] != '$') {
        return 0;
    }
    scheme = through(hash, 1, '$');
    if (hash[1] == '2' || hash[1] == 'y' || strncmp(hash + scheme, "rounds=", 7) == 0) {
        return through(hash, scheme, '$');
    }
    return scheme;
}

static bool
is_of_kind(const struct kind *k, const char *hash)
{
    return kind_length(hash) == k->length && strncmp(hash, k->sample, k->length) == 0;
}

static void
add_kind(struct htpasswd *h, const char *hash)
{
    for (size_t i = 0; i < h->kind_count; i++) {
        if (is_of_kind(&h->kinds[i], hash)) {
            return;
        }
    }
    if (h->kind_count < KINDS_MAX) {
        h->kinds[h->kind_count++] = (struct kind){hash, kind_length(hash)};
    }
}

/* ---- the file ---- */

static void
forget(struct htpasswd *h)
{
    struct entry *e, *next;

    HASH_ITER (hh, h->entries, e, next) {
        HASH_DEL(h->entries, e);
        free(e->hash);
        free(e);
    }
    h->kind_count = 0;
}

/* user:hash, and whatever follows behind one more colon. Of a user who is there twice the first counts. */
static void
add_line(struct htpasswd *h, char *line)
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
    add_kind(h, e->hash);
}

static void
read_lines(struct htpasswd *h, FILE *file)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, file) >= 0) {
        add_line(h, line);
    }
    free(line);
}

static bool
fail(struct htpasswd *h, const char *why)
{
    log_error("htpasswd file=%s reason=\"%s\"", log_quote(str_of(h->path)).text, why);
    return false;
}

static bool
load(struct htpasswd *h)
{
    FILE *file = fopen(h->path, "re");
    bool whole;

    h->fresh = true; /* until it was read whole */
    if (file == NULL) {
        return fail(h, strerror(errno));
    }
    if (fstat(fileno(file), &h->seen) != 0 || h->seen.st_size > FILE_MAX_BYTES ||
        !S_ISREG(h->seen.st_mode)) {
        fclose(file);
        return fail(h, "it is no file of at most 64 MiB");
    }
    forget(h);
    read_lines(h, file);
    whole = !ferror(file);
    fclose(file);
    if (!whole) {
        return fail(h, "it cannot be read to its end");
    }
    h->fresh = clock_unix_ms() - h->seen.st_mtim.tv_sec * INT64_C(1000) < FRESH_MS;
    return true;
}

static bool
is_unchanged(const struct htpasswd *h)
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
    if (!load(h)) {
        htpasswd_close(h);
        return NULL;
    }
    return h;
}

void
htpasswd_close(struct htpasswd *h)
{
    if (h != NULL) {
        forget(h);
        free(h);
        apr_terminate();
    }
}

/* ---- passwords ---- */

enum htpasswd_answer
htpasswd_check(struct htpasswd *h, struct str user, const char *password)
{
    bool right = false, checked = false;
    struct entry *e;

    if (!is_unchanged(h) && !load(h)) {
        return HTPASSWD_UNREADABLE;
    }
    HASH_FIND(hh, h->entries, user.p, user.len, e);
    for (size_t i = 0; i < h->kind_count; i++) {
        bool own = e != NULL && is_of_kind(&h->kinds[i], e->hash);
        const char *hash = own ? e->hash : h->kinds[i].sample;

        checked = checked || own;
        right = (apr_password_validate(password, hash) == APR_SUCCESS && own) || right;
    }
    if (e != NULL && !checked) { /* of more kinds than we equalise */
        right = apr_password_validate(password, e->hash) == APR_SUCCESS;
    }
    return right ? HTPASSWD_RIGHT : HTPASSWD_WRONG;
}
