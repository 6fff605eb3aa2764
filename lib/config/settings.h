/* settings.h - the table of all settings: name, type, place in struct config, bounds, default. */
#ifndef LIB_CONFIG_SETTINGS_H
#define LIB_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/str.h"

struct config;

/* A setting is known by its index in the table. */
enum {
    SETTINGS_MAX = 64 /* more than there are */
};

int settings_find(const char *key); /* -1: there is none of that name */

/* Is it the name of a section, as im.group? */
bool settings_is_section(const char *key);

/* Puts text into its place in config. False, and config unchanged: it is no value for the setting. */
bool settings_set(struct config *config, int i, struct str text);

/* What settings_set() takes, in words. */
void settings_describe(int i, char *out, size_t size);

/* Takes over from fresh what can change while fastim-pushd runs; tell is told of each setting that differs. What was
 * replaced is in fresh then. */
void settings_adopt(struct config *config, struct config *fresh,
                    void (*tell)(const char *key, bool adopted));

void settings_set_defaults(struct config *config);      /* of a zeroed config */
void settings_free_strings(struct config *config);      /* the reverse */
void settings_print(const struct config *c, FILE *out); /* key: value, one a line */

#endif
