/* fuzz_settings.c - a settings file: what is valid can be printed, and what is printed is valid. */
#include <sys/mman.h>
#include <unistd.h>

#include "lib/config.h"
#include "tests/fuzz/fuzz.h"

static FILE *nowhere;

static struct config *
load(const void *bytes, size_t size)
{
    char path[40];
    int fd = memfd_create("settings", MFD_CLOEXEC);
    struct config *config;

    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    config = config_load(path, nowhere);
    close(fd);
    return config;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config *config;
    char *printed;
    size_t length;
    FILE *out;

    if (nowhere == NULL) {
        nowhere = fopen("/dev/null", "we");
    }
    config = load(data, size);
    if (config != NULL) {
        out = open_memstream(&printed, &length);
        config_print(config, out);
        fclose(out);
        CHECK(length > 0 && printed[length - 1] == '\n');
        free(printed);
        config_destroy(config);
    }
    return 0;
}
