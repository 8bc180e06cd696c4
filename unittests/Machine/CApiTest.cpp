//===- CApiTest.cpp - the machine as a C driver sees it -------------------===//

#include "edgebert/Machine/CApi.h"

#include "edgebert/Machine/RegisterLog.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <cstring>

namespace {

TEST(CApi, LoadStoreAndErrors) {
  EXPECT_EQ(eb_machine_create("rlt"), nullptr);
  EXPECT_STREQ(eb_last_error(nullptr),
               "unknown machine 'rlt'; did you mean 'rtl'? (known: asic, rtl, "
               "or the path of a .yaml file)");
  EXPECT_EQ(eb_machine_create(nullptr), nullptr);

  eb_machine *m = eb_machine_create("asic");
  ASSERT_NE(m, nullptr);
  EXPECT_STREQ(eb_last_error(m), "");
  uint8_t memory[256];
  for (int i = 0; i < 256; ++i)
    memory[i] = uint8_t(i);
  eb_machine_attach_memory(m, memory, sizeof(memory), 0x100);
  auto run = [&](uint32_t command) {
    EXPECT_EQ(eb_machine_write32(m, 0x04, command), 0) << eb_last_error(m);
    EXPECT_EQ(eb_machine_wait(m), 0) << eb_last_error(m);
  };
  EXPECT_EQ(eb_machine_write32(m, 0x38, 0x100), 0);
  EXPECT_EQ(eb_machine_write32(m, 0x44, 3), 0);
  run(5);
  EXPECT_EQ(eb_machine_write32(m, 0x4c, 1), 0);
  EXPECT_EQ(eb_machine_write32(m, 0x3c, 0x180), 0);
  run(6);
  EXPECT_EQ(std::memcmp(memory, memory + 128, 64), 0);

  uint32_t value = 0;
  EXPECT_EQ(eb_machine_read32(m, 0x44, &value), 0);
  EXPECT_EQ(value, 3u);
  // 6 writes, 1 read, both transfers with their interrupts.
  EXPECT_EQ(eb_machine_cycles(m), 7 * 5 + (8 + 6) + (8 + 11) + 2 * 6u);
  EXPECT_EQ(eb_machine_host_work(m, 2, 10), 0);
  EXPECT_EQ(eb_machine_cycles(m), 80 + 100 + 20u);

  EXPECT_EQ(eb_machine_wait(m), -1);
  EXPECT_NE(std::strstr(eb_last_error(m), "wait for an interrupt"), nullptr);
  EXPECT_EQ(eb_machine_write32(m, 0x04, 77), -1);
  EXPECT_NE(std::strstr(eb_last_error(m), "unknown command 77"), nullptr);
  EXPECT_EQ(eb_machine_read32(m, 3, &value), -1);
  EXPECT_EQ(eb_machine_host_work(m, 99, 1), -1);
  eb_machine_destroy(m);
  eb_machine_destroy(nullptr);
}

TEST(CApi, Log) {
  eb_machine *m = eb_machine_create("asic");
  ASSERT_NE(m, nullptr);
  EXPECT_EQ(eb_machine_write_log(m, "-"), -1);
  EXPECT_NE(std::strstr(eb_last_error(m), "eb_machine_start_log"), nullptr);
  EXPECT_EQ(eb_machine_write32(m, 0x38, 0x100), 0);
  eb_machine_start_log(m);
  eb_machine_set_origin(m, "/layer/Add");
  EXPECT_EQ(eb_machine_write32(m, 0x44, 3), 0);
  llvm::SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("capi", "log", path));
  EXPECT_EQ(eb_machine_write_log(m, path.c_str()), 0) << eb_last_error(m);
  auto file = llvm::MemoryBuffer::getFile(path);
  ASSERT_TRUE(bool(file));
  auto log = edgebert::machine::RegisterLog::decode((*file)->getBuffer());
  ASSERT_TRUE(bool(log)) << llvm::toString(log.takeError());
  ASSERT_EQ(log->getEntries().size(), 2u);
  EXPECT_EQ(log->getOrigin(log->getEntries()[0]), "/layer/Add");
  EXPECT_EQ(log->getEntries()[1].address, 0x44u);
  EXPECT_EQ(eb_machine_write_log(m, "/nowhere/x"), -1);
  llvm::sys::fs::remove(path);
  eb_machine_destroy(m);
}

} // namespace
