/* a_config_file.h - a settings file that a test writes, and what config_file_load() says of it. */
#ifndef TESTS_UNIT_LIB_CONFIG_A_CONFIG_FILE_H
#define TESTS_UNIT_LIB_CONFIG_A_CONFIG_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/config/config_file.h"
#include "lib/config/settings.h"
#include "tests/unit/unit.h"

static char path[] = "/tmp/fastim-config-XXXXXX";
static char *errors;

static inline int
set_up(void **state)
{
    (void)state;
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    close(mkstemp(path));
    return 0;
}

static inline int
tear_down(void **state)
{
    (void)state;
    free(errors);
    errors = NULL;
    return unlink(path);
}

/* Loads the file; what is said goes to errors. */
static inline struct config *
load(const char *from)
{
    struct config *config;
    size_t size;
    FILE *said;

    free(errors);
    said = open_memstream(&errors, &size);
    config = config_file_load(from, said);
    fclose(said);
    return config;
}

static inline struct config *
load_bytes(struct str yaml)
{
    FILE *file = fopen(path, "w");

    assert_int_equal(fwrite(yaml.p, 1, yaml.len, file), yaml.len);
    fclose(file);
    return load(path);
}

/* The settings of a file that has no mistake. */
static inline struct config *
load_valid(const char *yaml)
{
    struct config *config = load_bytes(str_of(yaml));

    assert_string_equal(errors, "");
    assert_non_null(config);
    return config;
}

/* Exactly this is said of the file: what stands behind "FILE:" in each line. */
static inline void
assert_mistakes(const char *yaml, const char *wanted)
{
    char text[4000], *out = text;

    assert_null(load_bytes(str_of(yaml)));
    for (const char *line = wanted; *line != '\0'; line = strchr(line, '\n') + 1) {
        out += sprintf(out, "%s:%.*s\n", path, (int)strcspn(line, "\n"), line);
    }
    *out = '\0';
    assert_string_equal(errors, text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
