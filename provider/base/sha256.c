/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha256.h"

#include <stdatomic.h>

#include <openssl/evp.h>

#include "contract/ban.h"

/* OpenSSL looks an algorithm up for each digest that is made with EVP_sha256(), under locks: that
 * takes longer than the digest of a line. So it is looked up once; what fails is tried again. */
static const EVP_MD *algorithm(void)
{
	static _Atomic(EVP_MD *) known;
	EVP_MD *md = atomic_load(&known);
	EVP_MD *none = NULL;
	if (md != NULL)
		return md;
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (md != NULL && !atomic_compare_exchange_strong(&known, &none, md)) {
		EVP_MD_free(md);
		return none; /* what another thread found by then */
	}
	return md;
}

enum gp_status gp_sha256(struct gp_str bytes, uint8_t out[static GP_SHA256_LEN])
{
	const EVP_MD *md = algorithm();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	if (md == NULL || EVP_Digest(bytes.ptr, bytes.len, digest, &len, md, NULL) != 1 ||
	    len != GP_SHA256_LEN)
		return GP_ST_INTERNAL;
	memcpy(out, digest, GP_SHA256_LEN);
	return GP_ST_OK;
}
