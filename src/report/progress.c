/* SPDX-License-Identifier: Apache-2.0 */
#include "report/progress.h"
#include "report/colour.h"
#include "report/width.h"
#include "util/clock.h"
#include "util/text.h"
#include <sys/ioctl.h>
#include <unistd.h>

#define PLAIN_INTERVAL_SECONDS 5.0
#define TTY_INTERVAL_SECONDS   0.1
#define DEFAULT_COLUMNS        80
#define CLEAR_LINE             "\r\033[K"

struct progress {
  FILE *out;
  bool tty;
  bool colour;
  double interval_seconds;
  guint columns;
  char *name; /* of the open pass, or NULL */
  struct progress_state state;
  double begun_at;
  double written_at;
};

static void
append_head(GString *line, const struct progress_state *state)
{
  if (state->total > 0)
    g_string_append_printf(line, "[%u/%u] ", state->number, state->total);
  g_string_append(line, state->name);
}

static void
append_part(GString *line, char *part, const char *after)
{
  g_string_append_printf(line, "   %s%s", part, after);
  g_free(part);
}

char *
progress_line(const struct progress_state *state)
{
  GString *line = g_string_new(NULL);
  double share = MIN(state->share, 1);
  append_head(line, state);
  if (share >= 0)
    g_string_append_printf(line, "   %.0f %%", 100 * share);
  if (state->rows > 0 && state->elapsed_seconds > 0) {
    double rate = (double)state->rows / state->elapsed_seconds;
    append_part(line, text_count((guint64)rate), " rows/s");
  }
  /* An extrapolation from the first percent or the first second is no help. */
  if (share >= 0.01 && share < 1 && state->elapsed_seconds >= 1)
    append_part(line, text_seconds(state->elapsed_seconds * (1 - share) / share), " left");
  else if (state->elapsed_seconds >= 0.1)
    append_part(line, text_seconds(state->elapsed_seconds), "");
  return g_string_free(line, FALSE);
}

char *
progress_summary(const struct progress_state *state)
{
  GString *line = g_string_new(NULL);
  append_head(line, state);
  if (state->rows > 0)
    append_part(line, text_count(state->rows), " rows");
  append_part(line, text_seconds(state->elapsed_seconds), "");
  return g_string_free(line, FALSE);
}

static guint
terminal_columns(FILE *out)
{
  struct winsize size;
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return DEFAULT_COLUMNS;
  return size.ws_col;
}

struct progress *
progress_new(const struct progress_options *options)
{
  if (options->mode == PROGRESS_NONE)
    return NULL;
  struct progress *progress = g_new0(struct progress, 1);
  progress->out = options->out == NULL ? stderr : options->out;
  progress->tty = options->mode == PROGRESS_TTY ||
                  (options->mode == PROGRESS_AUTO && colour_is_terminal(progress->out));
  progress->colour = options->colour;
  progress->columns = options->columns;
  progress->interval_seconds = options->interval_seconds;
  if (progress->interval_seconds <= 0)
    progress->interval_seconds = progress->tty ? TTY_INTERVAL_SECONDS : PLAIN_INTERVAL_SECONDS;
  return progress;
}

static void
clear_line(struct progress *progress)
{
  if (progress->tty && progress->name != NULL)
    (void)fputs(CLEAR_LINE, progress->out);
}

void
progress_free(struct progress *progress)
{
  if (progress == NULL)
    return;
  clear_line(progress);
  (void)fflush(progress->out);
  g_free(progress->name);
  g_free(progress);
}

static void
write_whole_line(struct progress *progress, const char *line)
{
  clear_line(progress);
  (void)fprintf(progress->out, "%s\n", line);
  (void)fflush(progress->out);
}

/* The last column stays free: some terminals wrap when it is filled. */
static void
rewrite_line(struct progress *progress, const char *line)
{
  guint columns = progress->columns > 0 ? progress->columns : terminal_columns(progress->out);
  g_autofree char *cut = width_cut(line, columns - 1);
  (void)fprintf(progress->out, "\r%s%s%s\033[K", colour_code(progress->colour, COLOUR_DIM), cut,
                colour_code(progress->colour, COLOUR_END));
  (void)fflush(progress->out);
}

static void
show(struct progress *progress)
{
  double now = clock_seconds();
  progress->state.elapsed_seconds = now - progress->begun_at;
  progress->written_at = now;
  g_autofree char *line = progress_line(&progress->state);
  if (progress->tty)
    rewrite_line(progress, line);
  else
    write_whole_line(progress, line);
}

void
progress_begin(struct progress *progress, const char *name, guint number, guint total)
{
  if (progress == NULL)
    return;
  clear_line(progress);
  g_free(progress->name);
  progress->name = width_printable(name);
  progress->state = (struct progress_state){
      .name = progress->name, .number = number, .total = total, .share = -1};
  progress->begun_at = clock_seconds();
  show(progress);
}

void
progress_update(struct progress *progress, double share, guint64 rows)
{
  if (progress == NULL || progress->name == NULL)
    return;
  progress->state.share = share;
  progress->state.rows = rows;
  if (clock_seconds() - progress->written_at >= progress->interval_seconds)
    show(progress);
}

void
progress_end(struct progress *progress, guint64 rows)
{
  if (progress == NULL || progress->name == NULL)
    return;
  progress->state.rows = rows;
  progress->state.elapsed_seconds = clock_seconds() - progress->begun_at;
  g_autofree char *line = progress_summary(&progress->state);
  write_whole_line(progress, line);
  g_clear_pointer(&progress->name, g_free);
}

void
progress_note(struct progress *progress, const char *format, ...)
{
  if (progress == NULL)
    return;
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_autofree char *line = width_printable(text);
  write_whole_line(progress, line);
  if (progress->tty && progress->name != NULL)
    show(progress);
}
