/* SPDX-License-Identifier: MIT */
/* The program that has plugin.c as a shared object. */
int plugin(int argc, char **argv);

int main(int argc, char **argv) { return plugin(argc, argv); }
