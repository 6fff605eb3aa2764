/* trust.c - may a file decide who logs in? */
#include "fcgi-api/login/trust.h"

#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

const char *
trust_mode(const struct stat *file)
{
    if ((file->st_mode & S_IWOTH) != 0) {
        return "everybody may write it (chmod o-w)";
    }
    if ((file->st_mode & S_IWGRP) != 0 && file->st_gid != 0 && file->st_gid != getegid()) {
        return "a group may write it that is neither root's nor ours (chmod g-w)";
    }
    return NULL;
}

static bool
trust_owner(const struct stat *file)
{
    return file->st_uid == 0 || file->st_uid == geteuid();
}

/* In a folder with the sticky bit, as /tmp, nobody replaces the files of others. */
static const char *
trust_folder(const char *path)
{
    char *copy = mem_dup(path, strlen(path));
    struct stat folder;
    const char *why = NULL;

    if (stat(dirname(copy), &folder) != 0) {
        why = strerror(errno);
    } else if (!trust_owner(&folder)) {
        why = "its folder belongs neither to root nor to our user";
    } else if ((folder.st_mode & S_ISVTX) == 0 && trust_mode(&folder) != NULL) {
        why = "strangers may write its folder (chmod go-w)";
    }
    free(copy);
    return why;
}

const char *
trust_code(const char *path)
{
    struct stat file;

    if (strchr(path, '/') == NULL) {
        return NULL; /* dlopen(3) looks for it among the libraries of the system */
    }
    if (stat(path, &file) != 0) {
        return strerror(errno);
    }
    if (!trust_owner(&file)) {
        return "it belongs neither to root nor to our user (chown)";
    }
    return trust_mode(&file) != NULL ? trust_mode(&file) : trust_folder(path);
}
