/* SPDX-License-Identifier: MIT */
/* run_program TIMES PROGRAM ARGUMENT...: runs it so often, and prints the median of its wall time in ms and of its peak
 * resident memory in KiB. A small program does it, as the peak that the system reports begins with that of the parent. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int main(int argc, char **argv) {
  const size_t times = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
  double *wall = calloc(times, sizeof *wall), *peak = calloc(times, sizeof *peak);
  posix_spawn_file_actions_t quiet;
  if (!times || !wall || !peak) return 2;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  for (size_t i = 0; i < times; i++) {
    pid_t pid;
    int status;
    struct rusage usage;
    const double start = now_ms();
    if (posix_spawnp(&pid, argv[2], &quiet, NULL, argv + 2, environ) || wait4(pid, &status, 0, &usage) < 0 || status) {
      fprintf(stderr, "run_program: %s failed\n", argv[2]);
      return 1;
    }
    wall[i] = now_ms() - start;
    peak[i] = (double)usage.ru_maxrss;
  }
  printf("%.3f %.0f\n", median(wall, times), median(peak, times));
  posix_spawn_file_actions_destroy(&quiet);
  free(wall);
  free(peak);
  return 0;
}
