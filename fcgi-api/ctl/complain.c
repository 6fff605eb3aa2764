/* complain.c - what is wrong, on standard error. */
#include "fcgi-api/ctl/complain.h"

#include <stdarg.h>
#include <stdio.h>

#include "fcgi-api/ctl/cell.h"

void
complain(const char *format, ...)
{
    char plain[1000];
    struct text line;
    va_list args;

    va_start(args, format);
    vsnprintf(plain, sizeof(plain), format, args);
    va_end(args);
    text_init(&line);
    text_add_str(&line, "fastimctl: ");
    cell_add(&line, str_of(plain), CELL_SCREEN);
    text_add_str(&line, "\n");
    fputs(line.bytes, stderr);
    text_fini(&line);
}
