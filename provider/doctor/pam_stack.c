/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/pam_stack.h"

#include <security/_pam_types.h>
#include <stdlib.h>

#include "contract/ban.h"

#define DEPTH_MAX 16
#define FILES_MAX 64 /* opened for one stack: files that include each other end */
#define LINE_MAX_ 1024

_Static_assert(GP_PAM_CODES == _PAM_RETURN_VALUES, "Linux-PAM has other answers");

/* A file that is being read. */
struct frame {
	char *text; /* owned */
	struct gp_str left;
	char file[GP_PAM_NAME];
	size_t line;
	int level;
};

struct reading {
	gp_pam_open *open;
	void *arg;
	enum gp_pam_type type;
	struct gp_pam_stack *out;
	size_t depth, files;
	struct frame frames[DEPTH_MAX];
};

static const char *const type_names[] = {"auth", "account", "session", "password"};
static const char *const code_names[GP_PAM_CODES] = {
	"success",
	"open_err",
	"symbol_err",
	"service_err",
	"system_err",
	"buf_err",
	"perm_denied",
	"auth_err",
	"cred_insufficient",
	"authinfo_unavail",
	"user_unknown",
	"maxtries",
	"new_authtok_reqd",
	"acct_expired",
	"session_err",
	"cred_unavail",
	"cred_expired",
	"cred_err",
	"no_module_data",
	"conv_err",
	"authtok_err",
	"authtok_recover_err",
	"authtok_lock_busy",
	"authtok_disable_aging",
	"try_again",
	"ignore",
	"abort",
	"authtok_expired",
	"module_unknown",
	"bad_item",
	"conv_again",
	"incomplete",
};

const char *gp_pam_type_name(enum gp_pam_type type)
{
	return type_names[type];
}

/* The four words, as Linux-PAM spells them out. */
static bool word_control(struct gp_str word, int action[static GP_PAM_CODES])
{
	static const struct {
		struct gp_str word;
		int success, ignore, other;
	} words[] = {{{"required", 8}, GP_PAM_OK, GP_PAM_IGNORE, GP_PAM_BAD},
		     {{"requisite", 9}, GP_PAM_OK, GP_PAM_IGNORE, GP_PAM_DIE},
		     {{"sufficient", 10}, GP_PAM_DONE, GP_PAM_IGNORE, GP_PAM_IGNORE},
		     {{"optional", 8}, GP_PAM_OK, GP_PAM_IGNORE, GP_PAM_IGNORE}};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!gp_str_equal_nocase(word, words[i].word))
			continue;
		for (size_t k = 0; k < GP_PAM_CODES; k++)
			action[k] = words[i].other;
		action[PAM_SUCCESS] = words[i].success;
		action[PAM_NEW_AUTHTOK_REQD] = words[i].success;
		action[PAM_IGNORE] = words[i].ignore;
		return true;
	}
	return false;
}

static bool read_action(struct gp_str word, int *out)
{
	static const char *const names[] = {"ignore", "ok", "done", "bad", "die", "reset"};
	uint64_t jump = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (gp_str_is(word, names[i])) {
			*out = -(int)i;
			return true;
		}
	if (gp_parse_u64(word, 1000, &jump) != GP_ST_OK || jump == 0)
		return false;
	*out = (int)jump;
	return true;
}

static void fill_unset(int action[static GP_PAM_CODES], int with)
{
	for (size_t i = 0; i < GP_PAM_CODES; i++)
		if (action[i] == GP_PAM_UNSET)
			action[i] = with;
}

/* One "value=action". */
static bool read_pair(struct gp_str name, struct gp_str word, int action[static GP_PAM_CODES])
{
	int what = 0;
	if (!read_action(word, &what))
		return false;
	if (gp_str_is(name, "default")) {
		fill_unset(action, what);
		return true;
	}
	for (size_t i = 0; i < GP_PAM_CODES; i++)
		if (gp_str_is(name, code_names[i])) {
			action[i] = what;
			return true;
		}
	return false;
}

/* What stands before a blank or STOP. */
static struct gp_str take(struct gp_str *s, char stop)
{
	struct gp_str word = {s->ptr, 0};
	while (word.len < s->len && !gp_is_blank(s->ptr[word.len]) && s->ptr[word.len] != stop)
		word.len++;
	s->ptr += word.len;
	s->len -= word.len;
	return word;
}

/* What stands between the brackets. What makes no sense, and whatever is not said, is bad. */
static void table_control(struct gp_str s, int action[static GP_PAM_CODES])
{
	for (size_t i = 0; i < GP_PAM_CODES; i++)
		action[i] = GP_PAM_UNSET;
	for (s = gp_str_trim(s); s.len > 0; s = gp_str_trim(s)) {
		struct gp_str name = take(&s, '=');
		s = gp_str_trim(s);
		if (s.len == 0 || s.ptr[0] != '=')
			break;
		s = gp_str_trim((struct gp_str){s.ptr + 1, s.len - 1});
		if (!read_pair(name, take(&s, '\0'), action))
			break;
	}
	fill_unset(action, GP_PAM_BAD);
}

static struct gp_pam_entry *add(struct reading *r, const struct frame *at)
{
	if (r->out->count == GP_PAM_ENTRIES_MAX) {
		r->out->whole = false;
		return NULL;
	}
	struct gp_pam_entry *entry = &r->out->entries[r->out->count++];
	*entry = (struct gp_pam_entry){.level = at->level, .line = at->line};
	memcpy(entry->file, at->file, sizeof(entry->file));
	for (size_t i = 0; i < GP_PAM_CODES; i++)
		entry->action[i] = GP_PAM_BAD;
	return entry;
}

static void add_broken(struct reading *r, const struct frame *at)
{
	struct gp_pam_entry *entry = add(r, at);
	if (entry != NULL)
		entry->broken = true;
}

static void push(struct reading *r, struct gp_str name, int level)
{
	char file[GP_PAM_NAME] = "";
	size_t len = 0;
	char *text = NULL;
	const struct frame from =
		r->depth > 0 ? r->frames[r->depth - 1] : (struct frame){.line = 0};
	if (r->depth < DEPTH_MAX && r->files < FILES_MAX && name.len > 0 &&
	    gp_copy(file, sizeof(file), name) == GP_ST_OK)
		text = r->open(r->arg, file, &len);
	if (text == NULL) {
		r->out->whole = r->out->whole && r->files < FILES_MAX;
		add_broken(r, &from);
		return;
	}
	r->files++;
	struct frame *frame = &r->frames[r->depth++];
	*frame = (struct frame){.text = text, .left = {text, len}, .level = level};
	memcpy(frame->file, file, sizeof(frame->file));
}

/* The options behind the module, with one blank between two. */
static void copy_options(struct gp_str s, char *out, size_t size)
{
	size_t len = 0;
	for (s = gp_str_trim(s); s.len > 0; s = gp_str_trim(s)) {
		struct gp_str word = take(&s, '\0');
		if (word.len == 0) { /* a NUL */
			s.ptr++;
			s.len--;
			continue;
		}
		if (len + word.len + 2 > size)
			break;
		if (len > 0)
			out[len++] = ' ';
		memcpy(out + len, word.ptr, word.len);
		len += word.len;
	}
	out[len] = '\0';
}

static void add_module(struct reading *r, const struct frame *at, struct gp_str control,
		       struct gp_str rest, bool silent)
{
	rest = gp_str_trim(rest);
	struct gp_str path = take(&rest, '\0');
	struct gp_pam_entry *entry = add(r, at);
	if (entry == NULL)
		return;
	entry->silent = silent;
	struct gp_str base = path;
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] == '/')
			base = (struct gp_str){path.ptr + i + 1, path.len - i - 1};
	if (control.len > 0 && control.ptr[0] == '[')
		table_control((struct gp_str){control.ptr + 1, control.len - 1}, entry->action);
	else if (!word_control(control, entry->action))
		entry->broken = true;
	if (base.len == 0 || gp_copy(entry->module, sizeof(entry->module), base) != GP_ST_OK ||
	    gp_copy(entry->path, sizeof(entry->path), path) != GP_ST_OK)
		entry->broken = true;
	copy_options(rest, entry->options, sizeof(entry->options));
}

/* The control, with a table's opening bracket and without its closing one. */
static struct gp_str take_control(struct gp_str *s)
{
	if (s->len == 0 || s->ptr[0] != '[')
		return take(s, '\0');
	struct gp_str control = {s->ptr, 1};
	while (control.len < s->len && s->ptr[control.len] != ']')
		control.len++;
	size_t used = control.len < s->len ? control.len + 1 : control.len;
	s->ptr += used;
	s->len -= used;
	return control;
}

static void read_line(struct reading *r, struct gp_str s)
{
	struct frame *at = &r->frames[r->depth - 1];
	struct gp_str type = take(&s, '\0');
	s = gp_str_trim(s);
	if (gp_str_equal_nocase(type, GP_STR("@include"))) {
		push(r, take(&s, '\0'), at->level);
		return;
	}
	bool silent = type.len > 0 && type.ptr[0] == '-';
	if (silent)
		type = (struct gp_str){type.ptr + 1, type.len - 1};
	if (!gp_str_equal_nocase(type, gp_str_from(type_names[r->type])))
		return;
	struct gp_str control = take_control(&s);
	s = gp_str_trim(s);
	if (gp_str_equal_nocase(control, GP_STR("include")))
		push(r, take(&s, '\0'), at->level);
	else if (gp_str_equal_nocase(control, GP_STR("substack")))
		push(r, take(&s, '\0'), at->level + 1);
	else
		add_module(r, at, control, s, silent);
}

/* The next line with what it goes on with after a backslash, without comments; false at the end. */
static bool take_line(struct frame *at, char line[static LINE_MAX_], struct gp_str *out, bool *fits)
{
	size_t len = 0;
	bool goes_on = at->left.len > 0;
	if (!goes_on)
		return false;
	*fits = true;
	while (goes_on && at->left.len > 0) {
		struct gp_str part = gp_str_take_line(&at->left);
		at->line++;
		const char *comment = part.len > 0 ? memchr(part.ptr, '#', part.len) : NULL;
		if (comment != NULL)
			part.len = (size_t)(comment - part.ptr);
		part = gp_str_trim(part);
		goes_on = part.len > 0 && part.ptr[part.len - 1] == '\\';
		if (goes_on)
			part.len--;
		if (len + part.len + 1 > LINE_MAX_) {
			*fits = false;
			continue;
		}
		if (part.len > 0)
			memcpy(line + len, part.ptr, part.len);
		len += part.len;
		line[len++] = ' ';
	}
	*out = gp_str_trim((struct gp_str){line, len});
	return true;
}

bool gp_pam_read(gp_pam_open *open, void *arg, const char *service, enum gp_pam_type type,
		 struct gp_pam_stack *out)
{
	struct reading r = {.open = open, .arg = arg, .type = type, .out = out};
	char line[LINE_MAX_];
	struct gp_str text;
	bool fits = true;
	out->count = 0;
	out->whole = true;
	push(&r, gp_str_from(service), 0);
	bool found = r.depth > 0;
	while (r.depth > 0) {
		size_t top = r.depth - 1;
		if (!take_line(&r.frames[top], line, &text, &fits)) {
			free(r.frames[top].text);
			r.depth--;
		} else if (!fits) {
			add_broken(&r, &r.frames[top]);
		} else if (text.len > 0) {
			read_line(&r, text);
		}
	}
	return found;
}

struct gp_str gp_pam_option(const struct gp_pam_entry *entry, const char *option)
{
	struct gp_str s = gp_str_from(entry->options);
	size_t len = strlen(option);
	bool has_value = len > 0 && option[len - 1] == '=';
	for (s = gp_str_trim(s); s.len > 0; s = gp_str_trim(s)) {
		struct gp_str word = take(&s, '\0');
		if (has_value ? gp_str_starts(word, option) : gp_str_is(word, option))
			return has_value ? (struct gp_str){word.ptr + len, word.len - len} : word;
	}
	return (struct gp_str){NULL, 0};
}
