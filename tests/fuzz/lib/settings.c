/* settings.c - any bytes as a settings file: valid with every value in bounds, or a mistake by
 * its line. */
#include "lib/config/settings.h"

#include "lib/config/config_file.h"
#include "tests/fuzz/fuzz.h"

static struct config *
load(struct str yaml, struct text *said, char path[32])
{
    char *errors = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&errors, &size);
    int fd = fuzz_file(yaml, path);
    struct config *config = config_file_load(path, stream);

    fclose(stream);
    close(fd);
    text_add(said, errors, size);
    free(errors);
    return config;
}

static void
print(const struct config *config, struct text *out)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&printed, &size);

    settings_print(config, stream);
    fclose(stream);
    text_add(out, printed, size);
    free(printed);
}

/* What settings_print() wrote, as YAML whatever the values are. False: it has more than ASCII. */
static bool
quote(struct str printed, struct text *yaml)
{
    while (printed.len > 0) {
        struct str line = fuzz_part(&printed, '\n'), key = fuzz_part(&line, ':');

        text_add(yaml, key.p, key.len);
        text_add_str(yaml, ": \"");
        for (size_t i = 1; i < line.len; i++) { /* 0 is the blank */
            if ((unsigned char)line.p[i] >= 0x80) {
                return false;
            }
            text_add(yaml, "\\", line.p[i] == '"' || line.p[i] == '\\');
            text_add(yaml, line.p + i, 1);
        }
        text_add_str(yaml, "\"\n");
    }
    return true;
}

static void
check_round_trip(const struct config *config)
{
    struct text printed, yaml, said, again;
    struct config *second;
    char path[32];

    text_init(&printed);
    text_init(&yaml);
    text_init(&said);
    text_init(&again);
    print(config, &printed);
    if (quote(text_str(&printed), &yaml)) {
        second = load(text_str(&yaml), &said, path);
        CHECK(second != NULL);
        print(second, &again);
        CHECK(str_equal(text_str(&printed), text_str(&again)));
        settings_destroy(second);
    }
    text_fini(&printed);
    text_fini(&yaml);
    text_fini(&said);
    text_fini(&again);
}

static void
fuzz(struct str input)
{
    struct text said;
    struct config *config;
    char path[32];

    text_init(&said);
    config = load(input, &said, path);
    CHECK((config != NULL) == (said.len == 0));
    if (config != NULL) {
        check_round_trip(config);
    } else { /* FILE:LINE: key: what */
        CHECK(strncmp(said.bytes, path, strlen(path)) == 0 && said.bytes[strlen(path)] == ':');
        CHECK(said.bytes[said.len - 1] == '\n');
    }
    settings_destroy(config);
    text_fini(&said);
}
