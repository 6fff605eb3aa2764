/* config_file.h - reads the settings file (YAML 1.1) into a struct config. */
#ifndef LIB_CONFIG_CONFIG_FILE_H
#define LIB_CONFIG_CONFIG_FILE_H

#include <stdio.h>

struct config;

/* Reads the file. A setting that it does not give has its default. Writes each mistake to errors as
 * "FILE:LINE: key: what is wrong, what would be right", and returns NULL if there was one.
 * The result goes to settings_destroy(). */
struct config *config_file_load(const char *path, FILE *errors);

#endif
