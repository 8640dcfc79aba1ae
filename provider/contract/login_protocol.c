/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/login_protocol.h"

#include "contract/cursor.h"

#include "contract/ban.h"

static bool opens_connection(enum gp_login_op op)
{
	return op == GP_LOGIN_START || op == GP_LOGIN_ACCOUNT || op == GP_LOGIN_OPEN ||
	       op == GP_LOGIN_CLOSE;
}

static void put_field(struct gp_writer *w, struct gp_str s, size_t max)
{
	if (s.len > max || (s.len > 0 && memchr(s.ptr, '\0', s.len) != NULL))
		w->bad = true;
	gp_writer_str(w, s);
}

static void put_decision(struct gp_writer *w, const struct gp_login_msg *msg)
{
	gp_writer_u8(w, msg->has_decision ? 1 : 0);
	if (msg->has_decision)
		gp_writer_bytes(w, msg->decision, sizeof(msg->decision));
}

static void put_request(struct gp_writer *w, const struct gp_login_msg *msg)
{
	put_field(w, msg->service, GP_LOGIN_FIELD_MAX);
	put_field(w, msg->user, GP_LOGIN_FIELD_MAX);
	put_field(w, msg->rhost, GP_LOGIN_FIELD_MAX);
	put_field(w, msg->tty, GP_LOGIN_FIELD_MAX);
	gp_writer_u32(w, msg->uid);
	gp_writer_u32(w, msg->caller);
	gp_writer_u8(w, msg->flags);
	gp_writer_u16(w, msg->timeout_s);
	put_decision(w, msg);
}

enum gp_status gp_login_encode(const struct gp_login_msg *msg, void *frame, size_t size,
			       size_t *len)
{
	struct gp_writer w = gp_writer_over(frame, size);

	gp_writer_u8(&w, GP_LOGIN_VERSION);
	gp_writer_u8(&w, (uint8_t)msg->op);
	switch (msg->op) {
	case GP_LOGIN_START:
	case GP_LOGIN_ACCOUNT:
	case GP_LOGIN_OPEN:
	case GP_LOGIN_CLOSE:
		put_request(&w, msg);
		break;
	case GP_LOGIN_ANSWER:
		gp_writer_u8(&w, msg->typed ? 1 : 0);
		gp_writer_u32(&w, msg->after_ms);
		break;
	case GP_LOGIN_SHOW:
	case GP_LOGIN_ASK:
		put_field(&w, msg->text, GP_LOGIN_TEXT_MAX);
		break;
	case GP_LOGIN_DONE:
		gp_writer_u8(&w, (uint8_t)msg->code);
		put_field(&w, msg->text, GP_LOGIN_TEXT_MAX);
		put_decision(&w, msg);
		break;
	default:
		return GP_ST_INVALID;
	}
	*len = gp_writer_len(&w);
	return *len > 0 && *len <= GP_LOGIN_FRAME_MAX ? GP_ST_OK : GP_ST_TOO_BIG;
}

static struct gp_str take_field(struct gp_reader *r, size_t max)
{
	struct gp_str s = gp_reader_str(r, max);
	if (s.len > 0 && memchr(s.ptr, '\0', s.len) != NULL)
		r->bad = true;
	return s;
}

/* A flag is 0 or 1: any other byte is a frame that we do not understand. */
static bool take_bool(struct gp_reader *r)
{
	uint8_t v = gp_reader_u8(r);
	if (v > 1)
		r->bad = true;
	return v == 1;
}

static void take_decision(struct gp_reader *r, struct gp_login_msg *msg)
{
	msg->has_decision = take_bool(r);
	if (!msg->has_decision)
		return;
	const uint8_t *id = gp_reader_take(r, sizeof(msg->decision));
	if (id != NULL)
		memcpy(msg->decision, id, sizeof(msg->decision));
}

static void take_request(struct gp_reader *r, struct gp_login_msg *msg)
{
	msg->service = take_field(r, GP_LOGIN_FIELD_MAX);
	msg->user = take_field(r, GP_LOGIN_FIELD_MAX);
	msg->rhost = take_field(r, GP_LOGIN_FIELD_MAX);
	msg->tty = take_field(r, GP_LOGIN_FIELD_MAX);
	msg->uid = gp_reader_u32(r);
	msg->caller = gp_reader_u32(r);
	msg->flags = gp_reader_u8(r);
	msg->timeout_s = gp_reader_u16(r);
	take_decision(r, msg);
	if (msg->service.len == 0 || msg->user.len == 0 ||
	    (msg->flags & ~(GP_LOGIN_SILENT | GP_LOGIN_UTF8 | GP_LOGIN_KEY | GP_LOGIN_STEP_UP)) !=
		    0 ||
	    ((msg->flags & GP_LOGIN_KEY) != 0 && msg->op != GP_LOGIN_OPEN) ||
	    ((msg->flags & GP_LOGIN_STEP_UP) != 0 && msg->op != GP_LOGIN_START))
		r->bad = true;
	if (msg->op == GP_LOGIN_START &&
	    (msg->timeout_s < GP_LOGIN_TIMEOUT_MIN || msg->timeout_s > GP_LOGIN_TIMEOUT_MAX))
		r->bad = true;
}

static void take_done(struct gp_reader *r, struct gp_login_msg *msg)
{
	uint8_t code = gp_reader_u8(r);
	if (code > GP_LOGIN_UNAVAILABLE)
		r->bad = true;
	msg->code = r->bad ? GP_LOGIN_DENIED : (enum gp_login_code)code;
	msg->text = take_field(r, GP_LOGIN_TEXT_MAX);
	take_decision(r, msg);
}

enum gp_status gp_login_decode(const void *frame, size_t len, struct gp_login_msg *msg)
{
	if (len > GP_LOGIN_FRAME_MAX)
		return GP_ST_TOO_BIG;
	struct gp_reader r = gp_reader_over(frame, len);
	struct gp_login_msg m = {0};
	uint8_t version = gp_reader_u8(&r);
	m.op = (enum gp_login_op)gp_reader_u8(&r);
	if (r.bad)
		return GP_ST_INVALID;
	if (version != GP_LOGIN_VERSION)
		return GP_ST_UNSUPPORTED;
	if (opens_connection(m.op)) {
		take_request(&r, &m);
	} else if (m.op == GP_LOGIN_ANSWER) {
		m.typed = take_bool(&r);
		m.after_ms = gp_reader_u32(&r);
	} else if (m.op == GP_LOGIN_SHOW || m.op == GP_LOGIN_ASK) {
		m.text = take_field(&r, GP_LOGIN_TEXT_MAX);
	} else if (m.op == GP_LOGIN_DONE) {
		take_done(&r, &m);
	} else {
		return GP_ST_INVALID;
	}
	enum gp_status st = gp_reader_end(&r);
	if (st == GP_ST_OK)
		*msg = m;
	return st;
}
