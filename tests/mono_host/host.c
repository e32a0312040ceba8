/* SPDX-License-Identifier: MIT */
/* An engine that hosts Mono as Unity does: a script runs in a domain of its own, which is thrown away and made again whenever
 * the script changes. Nothing that the script loaded may stay behind in the process. host SCRIPTS CHECKPOINT
 *
 * SCRIPTS is the folder of Script.dll and Weightport.dll. */
#define _GNU_SOURCE /* mallinfo2 */
#include <dirent.h>
#include <malloc.h>
#include <mono/jit/jit.h>
#include <mono/metadata/appdomain.h>
#include <mono/metadata/assembly.h>
#include <mono/metadata/debug-helpers.h>
#include <mono/metadata/mono-config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 10, FINALIZE_MS = 60000, LARGE = 64 << 20 };

static _Noreturn void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

/* How often a file is open, and all open files. */
typedef struct held {
  int descriptors, of_file, mappings;
  size_t large; /* bytes of large blocks of malloc */
} held;

static held look(const char *path) {
  held h = {0, 0, 0, mallinfo2().hblkhd};
  char line[4608], target[4096];
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) fail("/proc/self/fd", "cannot be read");
  for (struct dirent *entry; (entry = readdir(folder));) {
    ssize_t size = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
    if (size < 0) continue;
    target[size] = 0;
    h.descriptors++;
    h.of_file += !strcmp(target, path);
  }
  closedir(folder);
  FILE *maps = fopen("/proc/self/maps", "r");
  if (!maps) fail("/proc/self/maps", "cannot be read");
  while (fgets(line, sizeof line, maps)) h.mappings += strstr(line, path) != NULL;
  fclose(maps);
  return h;
}

static MonoObject *call(MonoDomain *domain, MonoImage *image, const char *method, const char *text) {
  MonoMethodDesc *description = mono_method_desc_new(method, 0);
  MonoMethod *found = mono_method_desc_search_in_image(description, image);
  mono_method_desc_free(description);
  if (!found) fail(method, "not found");
  MonoObject *thrown = NULL;
  void *arguments[] = {text ? mono_string_new(domain, text) : NULL};
  MonoObject *result = mono_runtime_invoke(found, NULL, arguments, &thrown);
  if (!thrown) return result;
  MonoString *message = mono_object_to_string(thrown, NULL);
  fail(method, message ? mono_string_to_utf8(message) : "threw");
}

static int64_t live(MonoDomain *domain, MonoImage *image) {
  return *(int64_t *)mono_object_unbox(call(domain, image, "Script:Live()", NULL));
}

/* Unloading does this as well, but afterwards nobody is left who could be asked. */
static void finalize(MonoDomain *domain, MonoImage *image) {
  if (!mono_domain_finalize(domain, FINALIZE_MS)) fail("mono_domain_finalize", "did not end");
  if (live(domain, image)) fail("Script:Live()", "references are left in C after the domain's last finalizer");
}

/* A domain from its start to its end. */
static void run_script(const char *folder, const char *file, int round) {
  char path[4096];
  MonoDomain *root = mono_get_root_domain(), *domain = mono_domain_create_appdomain((char *)"script", NULL);
  mono_domain_set_config(domain, folder, "none.config");
  mono_domain_set(domain, 0);
  snprintf(path, sizeof path, "%s/Script.dll", folder);
  MonoAssembly *assembly = mono_domain_assembly_open(domain, path);
  if (!assembly) fail(path, "cannot be loaded");
  MonoImage *image = mono_assembly_get_image(assembly);

  char *said = mono_string_to_utf8((MonoString *)call(domain, image, "Script:Load(string)", file));
  if (round == 0) printf("%s\n", said);
  mono_free(said);
  held now = look(file);
  if (now.mappings < 1 || now.of_file < 1) fail(file, "is neither mapped nor open while the script uses it");
  if (live(domain, image) < 4) fail("Script:Live()", "nothing is held while the script uses it");

  if (round % 2 == 0) finalize(domain, image);
  mono_domain_set(root, 0);
  mono_domain_unload(domain);
}

int main(int argc, char **argv) {
  if (argc != 3) fail(argv[0], "wants a folder of assemblies and a checkpoint");
  char *folder = realpath(argv[1], NULL), *file = realpath(argv[2], NULL);
  if (!folder || !file) fail(argv[0], "no such folder or file");
  /* As Unity's Mono does; otherwise mono_domain_finalize() cannot be called from outside. */
  if (setenv("MONO_THREADS_SUSPEND", "preemptive", 1)) fail(argv[0], "no memory");
  mono_config_parse(NULL);
  if (!mono_jit_init_version("host", "v4.0.30319")) fail("mono", "does not start");
  held first = {0};
  for (int round = 0; round < ROUNDS; round++) {
    run_script(folder, file, round);
    held now = look(file);
    if (round == 0) first = now; /* what Mono opens once stays */
    if (now.mappings || now.of_file) fail(file, "is still mapped or open after its domain was unloaded");
    if (now.descriptors > first.descriptors) fail("descriptors", "grow with each domain");
    if (now.large >= first.large + LARGE) fail("memory", "a tensor was left behind");
  }
  printf("%d domains: no reference, descriptor, mapping or tensor is left\n", ROUNDS);
  free(folder);
  free(file);
  return 0; /* mono_jit_cleanup() is for processes that go on without Mono */
}
