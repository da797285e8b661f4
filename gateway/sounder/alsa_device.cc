#include "gateway/sounder/alsa_device.h"

#include <alsa/asoundlib.h>

#include <algorithm>
#include <utility>

#include "gateway/sounder/burst.h"

namespace lamplight::sounder {
namespace {

constexpr unsigned kBufferUs = 100'000;  // more than the player ever queues
constexpr unsigned kPeriodUs = 10'000;

// The library would write its own lines for every try to open a card that is not there.
void say_nothing(const char*, int, const char*, int, const char*, ...) {}

class Alsa final : public AudioDevice {
 public:
  explicit Alsa(std::string name) : name_(std::move(name)) {
    ::snd_lib_error_set_handler(say_nothing);
  }
  ~Alsa() override { close(); }

  Status open() override {
    close();
    if (const int error =
            ::snd_pcm_open(&pcm_, name_.c_str(), SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
        error < 0) {
      pcm_ = nullptr;
      return failed("open", error);
    }
    Status ready = set_hardware();
    if (ready) ready = set_software();
    if (!ready) close();
    return ready;
  }

  void close() override {
    if (pcm_ != nullptr) ::snd_pcm_close(std::exchange(pcm_, nullptr));
  }

  bool is_open() const override { return pcm_ != nullptr; }

  Result<int64_t> queued() override {
    snd_pcm_sframes_t frames = 0;
    const int error = ::snd_pcm_delay(pcm_, &frames);
    if (error == 0) return std::max<int64_t>(0, frames);
    if (const Status again = recovered("ask", error); !again) return failure(again.error());
    return 0;
  }

  Result<size_t> write(std::span<const int16_t> samples) override {
    const snd_pcm_sframes_t taken = ::snd_pcm_writei(pcm_, samples.data(), samples.size());
    if (taken >= 0) return static_cast<size_t>(taken);
    if (taken == -EAGAIN) return size_t{0};
    const Status again = recovered("write to", static_cast<int>(taken));
    if (!again) return failure(again.error());
    return size_t{0};
  }

  Status drop() override {
    int error = ::snd_pcm_drop(pcm_);
    if (error == 0) error = ::snd_pcm_prepare(pcm_);
    return error == 0 ? Status() : failed("stop", error);
  }

 private:
  Status failed(const char* verb, int error) const {
    return failure(std::string("cannot ") + verb + " sound device " + name_ + ": " +
                   ::snd_strerror(error));
  }

  // An underrun (we were late) or a suspended box is no fault of the card.
  Status recovered(const char* verb, int error) {
    if (error != -EPIPE && error != -ESTRPIPE) return failed(verb, error);
    const int again = ::snd_pcm_recover(pcm_, error, 1);
    return again == 0 ? Status() : failed(verb, again);
  }

  Status set_hardware() {
    snd_pcm_hw_params_t* hw = nullptr;
    snd_pcm_hw_params_alloca(&hw);
    unsigned rate = kRate;
    unsigned buffer = kBufferUs;
    unsigned period = kPeriodUs;
    int error = ::snd_pcm_hw_params_any(pcm_, hw);
    const auto then = [&](int next) { error = error < 0 ? error : next; };
    then(::snd_pcm_hw_params_set_access(pcm_, hw, SND_PCM_ACCESS_RW_INTERLEAVED));
    then(::snd_pcm_hw_params_set_format(pcm_, hw, SND_PCM_FORMAT_S16_LE));
    then(::snd_pcm_hw_params_set_channels(pcm_, hw, 1));
    then(::snd_pcm_hw_params_set_rate(pcm_, hw, rate, 0));
    then(::snd_pcm_hw_params_set_buffer_time_near(pcm_, hw, &buffer, nullptr));
    then(::snd_pcm_hw_params_set_period_time_near(pcm_, hw, &period, nullptr));
    then(::snd_pcm_hw_params(pcm_, hw));
    return error < 0 ? failed("play 48 kHz, 16 bit, mono on", error) : Status();
  }

  // It plays from the first sample on: we never fill its whole buffer.
  Status set_software() {
    snd_pcm_sw_params_t* sw = nullptr;
    snd_pcm_sw_params_alloca(&sw);
    int error = ::snd_pcm_sw_params_current(pcm_, sw);
    if (error == 0) error = ::snd_pcm_sw_params_set_start_threshold(pcm_, sw, 1);
    if (error == 0) error = ::snd_pcm_sw_params(pcm_, sw);
    return error < 0 ? failed("set up", error) : Status();
  }

  std::string name_;
  snd_pcm_t* pcm_ = nullptr;
};

}  // namespace

std::unique_ptr<AudioDevice> alsa_device(const std::string& name) {
  return std::make_unique<Alsa>(name);
}

}  // namespace lamplight::sounder
