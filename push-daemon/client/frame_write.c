/* frame_write.c - writes whole frames to a client. */
#include "push-daemon/client/frame_write.h"

#include "push-daemon/frames/frame.h"
#include "push-daemon/net/ws.h"

size_t
frame_write(struct ws *ws, struct str frames)
{
    size_t taken = ws_write(ws, frames), end = taken;

    if (taken > 0 && taken < frames.len) {
        end = frame_end(frames, taken - 1);
    }
    if (end > taken) {
        ws_keep(ws, str_make(frames.p + taken, end - taken));
    }
    return end;
}
