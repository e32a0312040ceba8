// SPDX-License-Identifier: MIT
// Zip archives as written: read back by us and by Python, and beside the bytes that PyTorch wrote.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/checksum.hpp"
#include "format/zip.hpp"
#include "format/zip_writer.hpp"
#include "temp_folder.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;
using namespace weightport::test;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
std::string text(const Buffer &buffer) { return {reinterpret_cast<const char *>(buffer.data()), buffer.size()}; }

std::string noise(size_t size) {
  std::string out(size, '\0');
  uint64_t state = size + 1;
  for (char &c : out) c = static_cast<char>((state = state * 6364136223846793005 + 1442695040888963407) >> 56);
  return out;
}

// Storages of these bytes: in memory, and behind a callback that is read in pieces.
Ref<Storage> in_memory(std::string_view bytes) {
  Buffer buffer(bytes.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(buffer.data()));
  return owned_storage(std::move(buffer));
}

struct Remote {
  std::string bytes;

  Ref<Storage> storage() {
    wp_source source = WP_SOURCE_INIT;
    source.user = this;
    source.size = bytes.size();
    source.read_at = [](uint64_t offset, void *buffer, size_t size, void *user) -> int32_t {
      static_cast<Remote *>(user)->bytes.copy(static_cast<char *>(buffer), size, offset);
      return 0;
    };
    return source_storage(callback_source(source, false), 0, bytes.size());
  }
};

using Records = std::vector<std::pair<std::string, std::string>>;

std::string zip_of(const std::function<void(ZipWriter &)> &fill, std::string root = "archive/") {
  MemorySink sink;
  Operation operation;
  ZipWriter zip(sink, std::move(root), operation);
  fill(zip);
  zip.finish();
  sink.finish();
  return text(sink.take());
}

std::string zip_of(const Records &records) {
  return zip_of([&](ZipWriter &zip) {
    for (const auto &[name, content] : records) zip.add(name, bytes_of(content));
  });
}

Ref<ZipArchive> open_source(Ref<Source> source) {
  Operation operation;
  Budget budget({}, source->size());
  return ZipArchive::open(std::move(source), operation, budget);
}

Ref<ZipArchive> open(std::string_view bytes) { return open_source(memory_source(bytes_of(bytes), "test.zip")); }

// Exactly these records, aligned, with the right checksums.
void assert_holds(const ZipArchive &archive, const Records &records) {
  assert_int_equal(archive.records().size(), records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    const ZipRecord &record = archive.records()[i];
    assert_true(record.name == "archive/" + records[i].first);
    assert_true(text(archive.read(record)) == records[i].second);
    assert_int_equal(record.crc32, crc32(bytes_of(records[i].second)));
    assert_int_equal(archive.data_offset(record) % 64, 0);
  }
}

Records sample() {
  return {{"data.pkl", noise(700)},
          {"empty", ""},
          {"data/0", noise(1)},
          {"data/1", noise(262'143)},
          {"data/2", noise(262'144)},
          {"data/3", noise(1'048'577)},
          {"data/4", noise(3'000'000)},
          {"größe", noise(65'536)},
          {"version", "3\n"}};
}

void test_reads_back(void **) {
  Records records = sample();
  assert_holds(*open(zip_of(records)), records);
  assert_holds(*open(zip_of(Records{})), {});
}

void test_storages(void **) {
  for (size_t size : {0, 1, 262'143, 262'144, 1'048'576, 1'048'577, 5'000'000}) {
    Remote remote{noise(size)};
    std::string zip = zip_of([&](ZipWriter &writer) {
      writer.add("memory", *in_memory(remote.bytes));
      writer.add("remote", *remote.storage());
    });
    assert_holds(*open(zip), {{"memory", remote.bytes}, {"remote", remote.bytes}});
  }
}

void test_every_alignment(void **) {
  Records records;
  for (size_t i = 0; i < 130; ++i) records.emplace_back(std::string(i + 1, 'n'), noise(i));
  assert_holds(*open(zip_of(records)), records);
}

void test_more_records_than_16_bits_count(void **) {
  constexpr size_t kCount = 70'000;
  std::string zip = zip_of([](ZipWriter &writer) {
    for (size_t i = 0; i < kCount; ++i) writer.add(concat("data/", i), bytes_of(concat(i)));
  });
  auto archive = open(zip);
  assert_int_equal(archive->records().size(), kCount);
  assert_string_equal(text(archive->read(*archive->find("archive/data/69999"))).c_str(), "69999");
}

void test_python_reads_it(void **) {
  if (::access(WEIGHTPORT_PYTHON, X_OK) != 0) {
    print_message("skipped: there is no %s\n", WEIGHTPORT_PYTHON);
    skip();
  }
  TempFolder folder;
  fill(folder / "a.zip", zip_of(sample()));
  fill(folder / "check.py", "import sys, zipfile\n"
                            "z = zipfile.ZipFile(sys.argv[1])\n"
                            "assert z.testzip() is None\n"
                            "sizes = [(i.filename, i.file_size) for i in z.infolist()]\n"
                            "assert len(sizes) == 9 and sizes[7] == ('archive/gr\\u00f6\\u00dfe', 65536), sizes\n");
  assert_int_equal(std::system(concat(WEIGHTPORT_PYTHON, " ", folder / "check.py", " ", folder / "a.zip").c_str()), 0);
}

// Writes an archive of PyTorch's again. False if it has what only TorchScript has: compressed records.
bool rewrite(const std::filesystem::path &path) {
  std::string original = content_of(path.string());
  if (!original.starts_with("PK")) return false;
  auto archive = open(original);
  auto compressed = [](const ZipRecord &record) { return record.method != kZipStored; };
  if (std::any_of(archive->records().begin(), archive->records().end(), compressed)) return false;
  std::string root(archive->records()[0].name.substr(0, archive->records()[0].name.find('/') + 1));
  std::string again = zip_of(
      [&](ZipWriter &zip) {
        for (const auto &record : archive->records()) {
          Buffer content = archive->read(record);
          auto name = record.name.substr(root.size());
          if (name == ".data/serialization_id") {
            // Its second half is made of the checksums.
            std::string sum = concat(zip.combined_crc32());
            assert_string_equal((std::string(20 - sum.size(), '0') + sum).c_str(), text(content).substr(20).c_str());
          }
          zip.add(name, content.span());
        }
      },
      root);
  if (again != original) print_error("%s is written differently\n", path.c_str());
  assert_true(again == original);
  return true;
}

void test_writes_what_torch_wrote(void **) {
  for (const char *name : {"bare_tensor", "dtypes", "entire", "list", "parameters", "state_dict", "tied", "values", "views"}) {
    assert_true(rewrite(std::filesystem::path(WEIGHTPORT_TEST_DATA) / (std::string(name) + ".pt")));
  }
}

void test_writes_what_each_torch_wrote(void **) {
  if (!std::filesystem::exists(WEIGHTPORT_FIXTURES)) {
    print_message("skipped: there is no %s\n", WEIGHTPORT_FIXTURES);
    skip();
  }
  for (const char *version : {"torch-1.13", "torch-2.6", "torch-2.14"}) {
    int count = 0;
    for (const auto &entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(WEIGHTPORT_FIXTURES) / version)) {
      // Two kinds of file were not made by torch.save.
      auto name = entry.path().filename();
      if (entry.is_regular_file() && name != "foreign.pt") count += rewrite(entry.path());
    }
    print_message("%s: %d archives\n", version, count);
    assert_true(count >= 20);
  }
}

void test_each_record_counts_in_the_combined_checksum(void **) {
  auto combined = [](const Records &records) {
    uint64_t out = 0;
    zip_of([&](ZipWriter &zip) {
      for (const auto &[name, content] : records) zip.add(name, bytes_of(content));
      out = zip.combined_crc32();
    });
    return out;
  };
  assert_int_equal(combined({}), 0);
  assert_int_equal(combined({{"a", "1"}, {"b", "2"}}), combined({{"c", "1"}, {"d", "2"}}));
  assert_int_not_equal(combined({{"a", "1"}, {"b", "2"}}), combined({{"a", "2"}, {"b", "1"}}));
  assert_int_not_equal(combined({{"a", "1"}, {"b", "2"}}), combined({{"a", "1"}}));
}

void test_name_too_long(void **) {
  zip_of({{std::string(UINT16_MAX - 8, 'n'), "archive/ and this are 65,535 bytes"}});
  wp_code code = WP_OK;
  try {
    zip_of({{std::string(UINT16_MAX - 7, 'n'), ""}});
  } catch (const Error &error) {
    code = error.code();
  }
  assert_int_equal(code, WP_ERROR_INVALID_ARGUMENT);
}

// Keeps what is not a large piece of zeros, and where it is.
class HoleySink final : public Sink {
 public:
  HoleySink() : Sink("holey") {}
  std::string hex(size_t piece) const {
    std::string out;
    for (unsigned char c : pieces_[piece]) {
      for (unsigned digit : {c >> 4, c & 15}) out += "0123456789abcdef"[digit];
    }
    return out;
  }

 private:
  void put(std::span<const Bytes> pieces) override {
    for (Bytes piece : pieces) {
      bool zeros = piece.size() >= 65536;
      if (zeros && !hole_) pieces_.emplace_back();
      if (!zeros) pieces_.back().append(reinterpret_cast<const char *>(piece.data()), piece.size());
      hole_ = zeros;
    }
  }
  void commit() override {}

  std::vector<std::string> pieces_{1};
  bool hole_ = false;
};

// PyTorch 1.13's PyTorchFileWriter wrote the same records, and these bytes around the zeros.
void test_zip64_as_torch_writes_it(void **) {
  constexpr size_t kSize = UINT32_MAX;
  wp_source zeros = WP_SOURCE_INIT;
  zeros.size = kSize;
  zeros.read_at = [](uint64_t, void *buffer, size_t size, void *) -> int32_t {
    std::memset(buffer, 0, size);
    return 0;
  };
  auto source = callback_source(zeros, false);
  HoleySink sink;
  Operation operation;
  ZipWriter zip(sink, "big/", operation);
  zip.add("a", *source_storage(source, 0, kSize - 1));
  zip.add("b", bytes_of("hello"));
  zip.add("c", *source_storage(source, 0, kSize));
  zip.add("d", bytes_of(""));
  zip.add("version", bytes_of("3\n"));
  zip.finish();
  sink.finish();

  auto padding = [](size_t size) {
    std::string out;
    while (size-- > 0) out += "5a";
    return out;
  };
  assert_string_equal(sink.hex(0).c_str(), ("504b03040000080800000000000000000000000000000000000005001d00"
                                            "6269672f61"
                                            "46421900" +
                                            padding(25))
                                               .c_str());
  assert_string_equal(sink.hex(1).c_str(), ("504b070826706a0ffefffffffeffffff"
                                            "504b03040000080800000000000000000000000000000000000005004f00"
                                            "6269672f62"
                                            "010008004e00000001000000"
                                            "46423f00" +
                                            padding(63) +
                                            "68656c6c6f"
                                            "504b070886a6103605000000000000000500000000000000"
                                            "504b03040000080800000000000000000000000000000000000005004000"
                                            "6269672f63"
                                            "01001800ffffffff000000000000000000000000dd00000001000000"
                                            "46422000" +
                                            padding(32))
                                               .c_str());
  std::string end = sink.hex(2);
  assert_string_equal(end.substr(0, 48 + 60 + 10 + 24 + 8).c_str(),
                      "504b070800000000ffffffff00000000ffffffff00000000"
                      "504b03040000000800000000000000000000000000000000000005004600"
                      "6269672f64"
                      "010008005701000002000000"
                      "46423600");
  assert_string_equal(
      end.substr(end.find("504b0102")).c_str(),
      "504b010200000000080800000000000026706a0ffefffffffeffffff0500000000000000000000000000000000006269672f61"
      "504b010200000000080800000000000086a61036050000000500000005000c0000000000000000000000ffffffff6269672f62"
      "010008004e00000001000000"
      "504b010200000000080800000000000000000000ffffffffffffffff05001c0000000000000000000000ffffffff6269672f63"
      "01001800ffffffff00000000ffffffff00000000dd00000001000000"
      "504b010200000000000800000000000000000000000000000000000005000c0000000000000000000000ffffffff6269672f64"
      "010008005701000002000000"
      "504b0102000000000808000000000000d19e675502000000020000000b000c0000000000000000000000ffffffff6269672f76657273696f6e"
      "01000800c001000002000000"
      "504b06062c000000000000001e032d0000000000000000000500000000000000050000000000000045010000000000001a02000002000000"
      "504b0607000000005f0300000200000001000000"
      "504b0506000000000500050045010000ffffffff0000");
}

// In a process that may have no more threads.
int without_threads() {
  Records records{{"data/0", noise(2'000'000)}};
  rlimit none{0, 0};
  if (::setresuid(65534, 65534, 65534) != 0 || ::setrlimit(RLIMIT_NPROC, &none) != 0) return 2;
  try {
    std::thread([] {}).join();
    return 2;
  } catch (const std::exception &) {
    return zip_of(records) == zip_of([&](ZipWriter &zip) { zip.add(records[0].first, *in_memory(records[0].second)); }) &&
                   open(zip_of(records))->records()[0].crc32 == crc32(bytes_of(records[0].second))
               ? 0
               : 1;
  }
}

void test_no_thread_to_be_had(void **) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(without_threads());
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
    print_message("skipped: threads cannot be forbidden here\n");
    skip();
  }
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_reads_back),
      cmocka_unit_test(test_storages),
      cmocka_unit_test(test_every_alignment),
      cmocka_unit_test(test_more_records_than_16_bits_count),
      cmocka_unit_test(test_python_reads_it),
      cmocka_unit_test(test_writes_what_torch_wrote),
      cmocka_unit_test(test_writes_what_each_torch_wrote),
      cmocka_unit_test(test_each_record_counts_in_the_combined_checksum),
      cmocka_unit_test(test_name_too_long),
      cmocka_unit_test(test_zip64_as_torch_writes_it),
      cmocka_unit_test(test_no_thread_to_be_had),
  };
  return cmocka_run_group_tests_name("zip_writer", tests, nullptr, nullptr);
}
