/* append_refusals.h - messages that Redis refused: logged now and then; do they come too late? */
#ifndef PUSH_APPEND_APPEND_REFUSALS_H
#define PUSH_APPEND_APPEND_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

struct append_refusals {
    uint64_t count;
    int64_t logged_ms; /* 0: never */
    int64_t late_ms;   /* when the last one was refused by time that had time left; 0: stored */
};

/* Counts a refusal, and logs it if that was not done lately. */
void append_refusals_note(struct append_refusals *r, struct str answer);

/* It was refused by time, and has time left. */
void append_refusals_note_late(struct append_refusals *r);

/* A message was stored. */
void append_refusals_end_late(struct append_refusals *r);

/* Were messages refused by time lately that had time left, and none was stored since? */
bool append_refusals_are_late(const struct append_refusals *r);

#endif
