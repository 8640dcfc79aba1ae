/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, keys and secrets from files, believed only when nobody else could have written
 * them. */
#include "entra/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base64url.h"
#include "contract/buf.h"

#include "contract/ban.h"

#define FILE_MAX (64U << 10)
#define RSA_BITS 2048

static enum gp_status check_file(const struct stat *st, bool secret, const char *path,
				 struct gp_error *err)
{
	if (!S_ISREG(st->st_mode))
		return gp_fail(err, GP_ST_DENIED, "%s: not a regular file", path);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return gp_fail(err, GP_ST_DENIED, "%s: belongs to uid %u, not to root or to us",
			       path, st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return gp_fail(err, GP_ST_DENIED, "%s: others can write it (mode %04o)", path,
			       st->st_mode & 07777U);
	if (secret && (st->st_mode & S_IRWXO) != 0)
		return gp_fail(err, GP_ST_DENIED, "%s: others can read it (mode %04o)", path,
			       st->st_mode & 07777U);
	if (st->st_size > FILE_MAX)
		return gp_fail(err, GP_ST_TOO_BIG, "%s: larger than %u bytes", path, FILE_MAX);
	return GP_ST_OK;
}

static enum gp_status read_all(int fd, struct gp_buf *buf)
{
	char chunk[1024];
	enum gp_status st = GP_ST_OK;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			st = GP_ST_IO;
			break;
		}
		gp_buf_add(buf, chunk, (size_t)n);
	}
	explicit_bzero(chunk, sizeof(chunk));
	return st != GP_ST_OK ? st : gp_buf_status(buf);
}

enum gp_status gp_credential_read(const char *path, bool secret, struct gp_buf *buf,
				  struct gp_error *err)
{
	struct stat st;
	/* O_NONBLOCK: a pipe put there must not stop us before fstat() has seen it. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int why = errno;
	if (fd < 0 && why == ELOOP)
		return gp_fail(err, GP_ST_DENIED, "%s: is a symbolic link", path);
	if (fd < 0)
		return gp_fail(err, why == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO, "%s: %s", path,
			       strerrordesc_np(why));
	*buf = GP_BUF(FILE_MAX);
	enum gp_status result = GP_ST_OK;
	if (fstat(fd, &st) != 0)
		result = gp_fail(err, GP_ST_IO, "%s: cannot be examined", path);
	else
		result = check_file(&st, secret, path, err);
	if (result == GP_ST_OK && read_all(fd, buf) != GP_ST_OK)
		result = gp_fail(err, GP_ST_IO, "%s: cannot be read", path);
	(void)close(fd);
	return result;
}

/* A key with a passphrase is refused: OpenSSL must not ask the daemon's terminal for it. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static BIO *bio_over(const struct gp_buf *buf)
{
	return buf->len > 0 ? BIO_new_mem_buf(buf->ptr, (int)buf->len) : NULL;
}

static X509 *read_certificate(const struct gp_buf *buf)
{
	BIO *bio = bio_over(buf);
	X509 *x509 = bio != NULL ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	return x509;
}

static EVP_PKEY *read_key(const struct gp_buf *buf)
{
	BIO *bio = bio_over(buf);
	EVP_PKEY *key =
		bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	return key;
}

static bool time_of(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm = {0};
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*out = timegm(&tm);
	return true;
}

static enum gp_status describe(X509 *x509, struct gp_certificate *c)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	if (X509_digest(x509, EVP_sha256(), digest, &len) != 1 ||
	    !time_of(X509_get0_notBefore(x509), &c->not_before_s) ||
	    !time_of(X509_get0_notAfter(x509), &c->not_after_s))
		return GP_ST_INVALID;
	return gp_base64url_encode(digest, len, c->thumbprint, sizeof(c->thumbprint));
}

/* Whether KEY is the key of X509 and of a kind that Entra takes. */
static enum gp_status check_pair(const X509 *x509, const EVP_PKEY *key,
				 const struct gp_credential_paths *paths, struct gp_error *err)
{
	if (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) < RSA_BITS)
		return gp_fail(err, GP_ST_UNSUPPORTED, "%s: not an RSA key of at least %d bits",
			       paths->key, RSA_BITS);
	EVP_PKEY *public = X509_get0_pubkey(x509);
	if (public == NULL || EVP_PKEY_eq(public, key) != 1)
		return gp_fail(err, GP_ST_INVALID, "%s: is not the key of %s", paths->key,
			       paths->certificate);
	return GP_ST_OK;
}

static enum gp_status load_key(const char *path, EVP_PKEY **out, struct gp_error *err)
{
	gp_buf_auto struct gp_buf text = GP_BUF(FILE_MAX);
	enum gp_status st = gp_credential_read(path, true, &text, err);
	if (st != GP_ST_OK)
		return st;
	*out = read_key(&text);
	if (*out == NULL)
		return gp_fail(err, GP_ST_INVALID, "%s: no private key in PEM without a passphrase",
			       path);
	return GP_ST_OK;
}

enum gp_status gp_certificate_load(const struct gp_credential_paths *paths,
				   struct gp_certificate *out, struct gp_error *err)
{
	gp_buf_auto struct gp_buf text = GP_BUF(FILE_MAX);
	struct gp_certificate c = {0};
	enum gp_status st = gp_credential_read(paths->certificate, false, &text, err);
	if (st != GP_ST_OK)
		return st;
	X509 *x509 = read_certificate(&text);
	if (x509 == NULL)
		return gp_fail(err, GP_ST_INVALID, "%s: no certificate in PEM", paths->certificate);
	st = load_key(paths->key, &c.key, err);
	if (st == GP_ST_OK)
		st = check_pair(x509, c.key, paths, err);
	if (st == GP_ST_OK && describe(x509, &c) != GP_ST_OK)
		st = gp_fail(err, GP_ST_INVALID, "%s: cannot be read as a certificate",
			     paths->certificate);
	X509_free(x509);
	if (st != GP_ST_OK) {
		gp_certificate_wipe(&c);
		return st;
	}
	*out = c;
	return GP_ST_OK;
}

void gp_certificate_wipe(struct gp_certificate *certificate)
{
	EVP_PKEY_free(certificate->key);
	certificate->key = NULL;
}
