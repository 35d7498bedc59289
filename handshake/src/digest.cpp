#include <beamnode/handshake/digest.hpp>

#include <string>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace beamnode::handshake {

result<digest> make_digest(std::string_view cookie, std::uint32_t challenge) {
  const std::string text = std::string(cookie) + std::to_string(challenge);
  digest bytes{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_md5(), nullptr) != 1 ||
      size != bytes.size()) {
    return error(errc::md5_unavailable);
  }
  return bytes;
}

bool same_digest(const digest& a, const digest& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace beamnode::handshake
