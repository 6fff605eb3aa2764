/* htpasswd.c - any bytes as a password file, behind a line USER:PASSWORD of who wants to log in. */
#include "fcgi-api/login/htpasswd.h"

#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

/* Hashes that are slow by design; what is cut from them is of interest, not how they compute. */
static bool
is_slow(struct str file)
{
    return memmem(file.p, file.len, "$", 1) != NULL;
}

/* By the words of htpasswd.h: a line USER:HASH of a user, the first of that user. */
static bool
has_user(struct str file, struct str user)
{
    while (file.len > 0) {
        struct str line = fuzz_part(&file, '\n'), name;

        line.len = strnlen(line.p, line.len);
        if (line.len == 0 || memchr(line.p, ':', line.len) == NULL || line.p[0] == '#') {
            continue;
        }
        name = fuzz_part(&line, ':');
        if (line.len > 0 && strchr(": \t\r", line.p[0]) == NULL && str_equal(name, user)) {
            return true;
        }
    }
    return false;
}

static void
fuzz(struct str input)
{
    struct str wanted = fuzz_part(&input, '\n'), user = fuzz_part(&wanted, ':');
    char path[32], *password = strndup(wanted.len > 0 ? wanted.p : "", wanted.len);
    int fd = fuzz_file(input, path);
    const struct timespec long_ago[2] = {{0, 0}, {0, 0}};
    struct htpasswd *h;
    enum htpasswd_answer answer;

    CHECK(fchmod(fd, 0600) == 0);       /* a memfd is everybody's, and no such file is read */
    CHECK(futimens(fd, long_ago) == 0); /* what was written just now is read twice, after a while */
    h = htpasswd_open(path);
    CHECK(h != NULL);
    if (user.len > 0 && input.len > 0 && !is_slow(input)) {
        answer = htpasswd_check(h, user, password);
        CHECK(answer == HTPASSWD_WRONG || answer == HTPASSWD_RIGHT);
        CHECK(answer == HTPASSWD_WRONG || has_user(input, user));
    }
    htpasswd_close(h);
    close(fd);
    free(password);
}
