/* key_text.c - the text of login.jwtKey: where it comes from, and the form of a PEM. */
#include "lib/jwt/key_text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PEM_LINE = 64
};

static const char pem_begin[] = "-----BEGIN ", pem_public[] = "-----BEGIN PUBLIC KEY-----",
                  pem_end[] = "-----END PUBLIC KEY-----";

void
key_text_forget(struct text *text)
{
    if (text->len > 0) {
        explicit_bzero(text->bytes, text->len);
    }
    text_fini(text);
}

/* ---- a file ---- */

/* Fills the text of the file in. Returns NULL, or why that cannot be done. */
static const char *
key_text_read_open(struct text *out, int fd)
{
    struct stat file;
    ssize_t n;

    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        return "it is no file";
    }
    if ((file.st_mode & S_IWOTH) != 0) {
        return "everybody may write it (chmod o-w)";
    }
    text_reserve(out, KEY_TEXT_MAX_BYTES + 2);
    n = read(fd, out->bytes + out->len, KEY_TEXT_MAX_BYTES + 1);
    if (n < 0) {
        return strerror(errno);
    }
    out->len += (size_t)n;
    return n <= KEY_TEXT_MAX_BYTES ? NULL : "it has more than 4096 bytes";
}

static void
key_text_drop_line_end(struct text *text)
{
    if (text->len > 0 && text->bytes[text->len - 1] == '\n') {
        text->len--;
        text->len -= text->len > 0 && text->bytes[text->len - 1] == '\r';
    }
}

const char *
key_text_read(struct text *out, const char *setting)
{
    const char *wrong;
    int fd;

    if (*setting != '/') {
        text_add_str(out, setting);
        return NULL;
    }
    fd = open(setting, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
    if (fd < 0) {
        return strerror(errno);
    }
    wrong = key_text_read_open(out, fd);
    close(fd);
    key_text_drop_line_end(out);
    return wrong;
}

/* ---- PEM ---- */

static bool
key_text_begins(struct str text, const char *with)
{
    size_t len = strlen(with);

    return text.len >= len && memcmp(text.p, with, len) == 0;
}

bool
key_text_is_pem(struct str text)
{
    return key_text_begins(text, pem_begin);
}

bool
key_text_lay_out(struct text *out, struct str pem)
{
    size_t column = 0;
    const char *from, *end;

    if (!key_text_begins(pem, pem_public)) {
        return false;
    }
    from = pem.p + strlen(pem_public);
    end = memmem(from, pem.len - strlen(pem_public), pem_end, strlen(pem_end));
    if (end == NULL) {
        return false;
    }
    text_add_str(out, pem_public);
    for (; from < end; from++) {
        if (strchr(" \t\r\n", *from) == NULL || *from == '\0') {
            text_add_str(out, column++ % PEM_LINE == 0 ? "\n" : "");
            text_add(out, from, 1);
        }
    }
    text_add_str(out, "\n");
    text_add_str(out, pem_end);
    text_add_str(out, "\n");
    return true;
}
