/* filter.c - what the word filter costs: 10,000 and 100,000 Chinese words, a text of 200 bytes, and
 * the longest step of making the list. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/filter/automaton.h"
#include "lib/filter/filter.h"
#include "lib/filter/wordset.h"
#include "lib/utf8.h"

enum {
    TEXT_BYTES = 200,
    IDEOGRAPHS = 0x4E00,
    COMMON = 3000, /* characters that texts and words are made of */
    ROUNDS = 20000,
    BATCH = 1000 /* words that come at a time */
};

static double
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static uint32_t
random_below(uint32_t end)
{
    static uint64_t x = 88172645463325252U;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (uint32_t)(x >> 32) % end;
}

static size_t
random_text(char *out, size_t characters)
{
    size_t length = 0;

    for (size_t i = 0; i < characters; i++) {
        length += utf8_put(out + length, IDEOGRAPHS + random_below(COMMON));
    }
    return length;
}

/* *most_us: the longest that an event loop would be held up. */
static struct automaton *
make_list(int words, double *all_us, double *most_us)
{
    struct wordset *set = wordset_create();
    double began = now_us(), step = began, now;
    struct automaton *list;
    char word[32];
    bool done = false;

    *most_us = 0;
    for (int i = 0; i < words || !done; i++) {
        if (i < words) { /* two to five characters */
            (void)wordset_add(set, str_make(word, random_text(word, 2 + random_below(4))));
        } else {
            done = wordset_build(set);
        }
        if (i >= words - 1 || i % BATCH == BATCH - 1) {
            now = now_us();
            *most_us = now - step > *most_us ? now - step : *most_us;
            step = now;
        }
    }
    *all_us = now_us() - began;
    list = wordset_take(set);
    wordset_destroy(set);
    return list;
}

/* Microseconds a text. *found: in how many of a hundred a word is. */
static double
check_texts(const struct filter *filter, int *found)
{
    static char texts[100][TEXT_BYTES + 8];
    size_t lengths[100];
    double began;
    int hits = 0;

    for (int i = 0; i < 100; i++) {
        lengths[i] = random_text(texts[i], TEXT_BYTES / 3);
        hits += filter_check(filter, str_make(texts[i], lengths[i])) == FILTER_FOUND;
    }
    *found = hits;
    began = now_us();
    for (int i = 0; i < ROUNDS; i++) {
        struct text out;

        text_init(&out);
        (void)filter_mask(filter, str_make(texts[i % 100], lengths[i % 100]), &out);
        text_fini(&out);
    }
    return (now_us() - began) / ROUNDS;
}

int
main(void)
{
    static const int sizes[] = {10000, 100000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        double all_us, most_us;
        struct automaton *list = make_list(sizes[i], &all_us, &most_us);
        const struct filter filter = {{list, NULL}};
        int found;
        double us = check_texts(&filter, &found);

        printf(
            "%d words: %.1f us a text of %d bytes (%d %% have a word), %.1f MiB, made in %.0f ms, "
            "longest step %.1f ms\n",
            sizes[i], us, TEXT_BYTES, found, (double)automaton_bytes(list) / (1 << 20),
            all_us / 1000, most_us / 1000);
        automaton_destroy(list);
    }
    return 0;
}
