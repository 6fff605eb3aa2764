/* cell.c - what others have written, as a terminal or a tab-separated line may show it. */
#include "fcgi-api/ctl/cell.h"

#include <stdio.h>
#include <wchar.h>

#include "lib/log.h"

/* The letter of a short escape of tab-separated lines; 0 if it has none. */
static char
cell_letter(char c)
{
    switch (c) {
    case '\\':
        return '\\';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    default:
        return '\0';
    }
}

static void
cell_add_hex(struct text *out, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char hex[8];

        snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char)bytes.p[i]);
        text_add_str(out, hex);
    }
}

void
cell_add(struct text *out, struct str value, enum cell_form form)
{
    size_t from = 0, i = 0;

    while (i < value.len) {
        char letter = form == CELL_TSV ? cell_letter(value.p[i]) : '\0';
        size_t obeyed = log_command_length(value.p + i, value.len - i);

        if (letter == '\0' && obeyed == 0) {
            i++;
            continue;
        }
        text_add(out, value.p + from, i - from);
        if (letter != '\0') {
            text_add(out, (const char[]){'\\', letter}, 2);
            i++;
        } else {
            cell_add_hex(out, str_make(value.p + i, obeyed));
            i += obeyed;
        }
        from = i;
    }
    text_add(out, from < value.len ? value.p + from : "", value.len - from);
}

/* Takes the next character, which is UTF-8, off rest. */
static wchar_t
cell_take_character(struct str *rest)
{
    unsigned char lead = (unsigned char)*rest->p;
    size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    wchar_t c = lead < 0x80 ? lead : lead & (0x7F >> size);

    for (size_t i = 1; i < size && i < rest->len; i++) {
        c = (wchar_t)(c << 6 | (rest->p[i] & 0x3F));
    }
    size = size < rest->len ? size : rest->len;
    *rest = str_make(rest->p + size, rest->len - size);
    return c;
}

size_t
cell_width(struct str shown)
{
    size_t width = 0;

    while (shown.len > 0) {
        int n = wcwidth(cell_take_character(&shown));

        width += n > 0 ? (size_t)n : 0;
    }
    return width;
}
