/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last include of every .c file: names that have no place here stop the build. Some of them are
 * macros in glibc or its fortified headers, so each is undefined before it is poisoned.
 */
#ifndef GP_CONTRACT_BAN_H
#define GP_CONTRACT_BAN_H

#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strncpy
#undef strncat
#undef gets
#undef strtok
#undef atoi
#undef sscanf
#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat gets strtok atoi sscanf alloca

#endif
