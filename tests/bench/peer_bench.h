/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TESTS_BENCH_PEER_BENCH_H
#define GP_TESTS_BENCH_PEER_BENCH_H

#define PEER_KEYS 4096U

_Noreturn void peer_die(const char *what);
/* USERS users: our directory, the reference's file, and passwd, group and keys in DIR. */
void peer_make(unsigned int users, const char *dir);

#endif
