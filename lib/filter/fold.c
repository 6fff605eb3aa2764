/* fold.c - text as the word filter compares it. */
#include "lib/filter/fold.h"

#include <utf8proc.h>

enum {
    IDEOGRAPHS = 0x4E00, /* the block of CJK ideographs: each is folded already */
    IDEOGRAPHS_END = 0xA000,
    VOICED_MARK = 0x3099, /* makes another kana of a kana, as the next one does */
    SEMI_VOICED_MARK = 0x309A,
    JAMO = 0x1160, /* vowels and final consonants, which join the syllable before them */
    JAMO_END = 0x1200
};

void
fold_begin(struct fold *f, struct str text)
{
    *f = (struct fold){.text = text};
}

static bool
fold_is_voicing(uint32_t c)
{
    return c == VOICED_MARK || c == SEMI_VOICED_MARK;
}

static bool
fold_is_mark(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);

    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

/* Puts into f->parts what the next character becomes, perhaps nothing. */
static void
fold_character(struct fold *f)
{
    const int options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)f->text.p + f->next;
    int32_t c, parts[FOLD_PARTS_MAX + 2];
    utf8proc_ssize_t length = utf8proc_iterate(p, (utf8proc_ssize_t)(f->text.len - f->next), &c);
    utf8proc_ssize_t count = 0;
    int boundary = 0; /* of graphemes, which nobody asks for */

    f->part = f->part_count = 0;
    f->parts_at = (uint32_t)f->next;
    f->next += length > 0 ? (size_t)length : 1;
    if (length > 0) {
        count = utf8proc_decompose_char(c, parts, FOLD_PARTS_MAX + 2, options, &boundary);
    }
    for (utf8proc_ssize_t i = 0; i < count && i < FOLD_PARTS_MAX + 2; i++) {
        if (fold_is_voicing((uint32_t)parts[i]) || !fold_is_mark(parts[i])) {
            f->parts[f->part_count++] = parts[i];
        }
    }
}

/* Nearly all of a text in the languages of most users; for these the library is not asked. */
static bool
fold_is_easy(struct fold *f, struct fold_point *point)
{
    const unsigned char *p = (const unsigned char *)f->text.p + f->next;
    uint32_t c;

    point->at = (uint32_t)f->next;
    if (p[0] < 0x80) {
        point->c = p[0] >= 'A' && p[0] <= 'Z' ? p[0] + ('a' - 'A') : p[0];
        f->next++;
        return true;
    }
    if (p[0] < 0xE4 || p[0] > 0xE9 || f->text.len - f->next < 3 || (p[1] & 0xC0) != 0x80 ||
        (p[2] & 0xC0) != 0x80) {
        return false;
    }
    c = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    if (c < IDEOGRAPHS || c >= IDEOGRAPHS_END) {
        return false;
    }
    point->c = c;
    f->next += 3;
    return true;
}

/* The next one, before it is composed. */
static bool
fold_decomposed(struct fold *f, struct fold_point *point)
{
    while (f->part == f->part_count) {
        if (f->next >= f->text.len) {
            return false;
        }
        if (fold_is_easy(f, point)) {
            return true;
        }
        fold_character(f);
    }
    *point = (struct fold_point){(uint32_t)f->parts[f->part++], f->parts_at};
    return true;
}

/* Makes one of both, if Unicode has one. */
static bool
fold_compose(uint32_t *c, uint32_t with)
{
    int32_t both[2] = {(int32_t)*c, (int32_t)with};

    if ((!fold_is_voicing(with) && (with < JAMO || with >= JAMO_END)) ||
        utf8proc_normalize_utf32(both, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE) != 1) {
        return false;
    }
    *c = (uint32_t)both[0];
    return true;
}

bool
fold_next(struct fold *f, struct fold_point *point)
{
    if (f->is_held) {
        *point = f->held;
        f->is_held = false;
    } else {
        do {
            if (!fold_decomposed(f, point)) {
                return false;
            }
        } while (fold_is_voicing(point->c)); /* with nothing before it: a mark like others */
    }
    while (fold_decomposed(f, &f->held)) {
        if (!fold_compose(&point->c, f->held.c) && !fold_is_voicing(f->held.c)) {
            f->is_held = true;
            break;
        }
    }
    return true;
}
