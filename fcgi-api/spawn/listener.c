/* listener.c - the unix socket on which FastCGI processes wait for a web server. */
#include "fcgi-api/spawn/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/str.h"

static bool
listener_fail(const char *path, const char *why)
{
    log_error("listen socket=%s reason=\"%s\"", log_quote(str_of(path)).text, why);
    return false;
}

/* Removes a socket at that path if nobody listens. Returns false if anything else is there. */
static bool
listener_make_way(const char *path, const struct sockaddr_un *address)
{
    struct stat there;
    int fd, refused;

    if (lstat(path, &there) != 0) {
        return true;
    }
    if (!S_ISSOCK(there.st_mode)) {
        return listener_fail(path, "a file that is no socket is there");
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
              errno == ECONNREFUSED;
    close(fd);
    if (!refused) {
        return listener_fail(path, "another process listens there");
    }
    return unlink(path) == 0 || listener_fail(path, strerror(errno));
}

/* Looks up the ids of these names. Returns false if there is no such user or group. */
static bool
listener_find_owner(const char *path, const char *user, const char *group, uid_t *uid, gid_t *gid)
{
    const struct passwd *found_user = *user != '\0' ? getpwnam(user) : NULL;
    const struct group *found_group = *group != '\0' ? getgrnam(group) : NULL;

    if (*user != '\0' && found_user == NULL) {
        return listener_fail(path, "http.socketUser is no user of this host");
    }
    if (*group != '\0' && found_group == NULL) {
        return listener_fail(path, "http.socketGroup is no group of this host");
    }
    *uid = found_user != NULL ? found_user->pw_uid : (uid_t)-1;
    *gid = found_group != NULL ? found_group->gr_gid : (gid_t)-1;
    return true;
}

static bool
listener_make(struct listener *l, const struct sockaddr_un *address, uid_t uid, gid_t gid)
{
    mode_t mask = umask(0117); /* so that the mode is 0660 from the first moment */
    int failed = bind(l->fd, (const struct sockaddr *)address, sizeof(*address));

    umask(mask);
    if (failed || lstat(l->path, &l->made) != 0) {
        return listener_fail(l->path, strerror(errno));
    }
    if (lchown(l->path, uid, gid) != 0) {
        return listener_fail(l->path, "it cannot be given to http.socketUser and http.socketGroup");
    }
    return listen(l->fd, SOMAXCONN) == 0 || listener_fail(l->path, strerror(errno));
}

bool
listener_open(struct listener *l, const char *path, const char *user, const char *group)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uid_t uid;
    gid_t gid;

    *l = (struct listener){.fd = -1, .path = path};
    if (strlen(path) >= sizeof(address.sun_path)) {
        return listener_fail(path, "the path is longer than 107 bytes");
    }
    memcpy(address.sun_path, path, strlen(path));
    if (!listener_find_owner(path, user, group, &uid, &gid) || !listener_make_way(path, &address)) {
        return false;
    }
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0) {
        return listener_fail(path, strerror(errno));
    }
    if (!listener_make(l, &address, uid, gid)) {
        listener_close(l);
        return false;
    }
    return true;
}

bool
listener_take(int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    int listening = 0;

    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
        address.ss_family != AF_UNIX) {
        return listener_fail("", "what the service manager hands over is no unix socket");
    }
    length = sizeof(listening);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 || !listening) {
        return listener_fail("",
                             "what the service manager hands over does not listen (Accept=yes?)");
    }
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

void
listener_close(struct listener *l)
{
    struct stat there;

    close(l->fd);
    if (l->path != NULL && l->made.st_ino != 0 && lstat(l->path, &there) == 0 &&
        there.st_ino == l->made.st_ino && there.st_dev == l->made.st_dev) {
        unlink(l->path);
    }
}
