// Two lamplightd may never watch one home; and one that was killed a moment ago is no second one,
// although a child of his that has not reached its exec still has his files open. For the child
// who must be watched again within a second of a death.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "gateway/store/file_lock.h"

namespace lamplight::store {
namespace {

class FileLock : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "ll-lock-XXXXXX";
    first_ = ::mkstemp(name.data());
    second_ = ::open(name.c_str(), O_RDWR | O_CLOEXEC);
    ::unlink(name.c_str());
    ASSERT_GE(first_, 0);
    ASSERT_GE(second_, 0);
    ASSERT_EQ(lock_file(first_), 0);
  }
  void TearDown() override {
    release();
    ::close(second_);
  }
  void release() {
    if (first_ >= 0) ::close(first_);
    first_ = -1;
  }
  int first_ = -1, second_ = -1;
};

TEST_F(FileLock, OneThatIsLetGoInTimeIsOurs) {
  int pauses = 0;
  const auto release_at_last = [&] {
    if (++pauses == 99) release();
  };
  EXPECT_EQ(lock_file(second_, release_at_last), 0);
}

TEST_F(FileLock, OneThatIsHeldThroughoutIsNot) {
  int pauses = 0;
  EXPECT_EQ(lock_file(second_, [&] { ++pauses; }), EWOULDBLOCK);
  EXPECT_EQ(pauses, 99);
}

TEST_F(FileLock, AnythingElseIsToldAtOnce) {
  EXPECT_EQ(lock_file(-1, [] { FAIL() << "this does not mend itself"; }), EBADF);
}

}  // namespace
}  // namespace lamplight::store
