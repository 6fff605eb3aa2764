/* settings.h - the table of all settings: key, kind, field of struct config, bounds, default. */
#ifndef LIB_CONFIG_SETTINGS_H
#define LIB_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/str.h"

struct config;

enum {
    SETTINGS_MAX = 80 /* more than there are */
};

/* ---- one setting, known by its index in the table ---- */

/* The index of a setting by its key, as im.group.autoJoin. -1: there is no such setting. */
int settings_find(const char *key);

/* Is it the name of a section, as im.group? */
bool settings_is_section(const char *key);

/* Puts text into the setting's field of config. Returns false, and leaves config unchanged, if text
 * is no value for this setting. */
bool settings_set(struct config *config, int i, struct str text);

/* Writes in words what settings_set() takes; cuts them at size. */
void settings_describe(int i, char *out, size_t size);

/* Writes what is wrong with a text that settings_set() has refused, and what would be right.
 * Writes an empty text if settings_describe() says it all. */
void settings_explain(int i, const char *text, char *out, size_t size);

/* ---- all of them ---- */

/* A new config with all defaults. It goes to settings_destroy(). */
struct config *settings_create(void);
void settings_destroy(struct config *config); /* NULL is fine */

/* The same for a config that the caller holds: it is all zero before. */
void settings_set_defaults(struct config *config);
void settings_free_strings(struct config *config);

/* Writes `key: value`, one a line, passwords included. */
void settings_print(const struct config *config, FILE *out);

/* Takes from fresh those values that differ and may change while fastim-pushd runs. Calls told for
 * each value that differs. fresh holds the replaced values afterwards. */
void settings_adopt(struct config *config, struct config *fresh,
                    void (*told)(const char *key, bool adopted));

#endif
