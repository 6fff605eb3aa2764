/* frame_write.c - writes whole frames of a group's log to a client. */
#include "push-daemon/client/frame_write.h"

#include "push-daemon/frames/reader.h"
#include "push-daemon/net/ws.h"

size_t
frame_write(struct ws *ws, const struct reader *reader, struct str frames)
{
    size_t taken = ws_write(ws, frames), whole = taken;

    if (taken > 0 && taken < frames.len) {
        whole = reader_whole(reader, taken);
    }
    if (whole > taken) {
        ws_keep(ws, str_make(frames.p + taken, whole - taken));
    }
    return whole;
}
