#include <beamnode/epmd_client/exchange.hpp>

namespace beamnode::epmd {

template <class Request> result<std::size_t> exchange<Request>::feed(bytes_view input) {
  if (failed()) return failure_;
  if (outcome_) return std::size_t{0};
  const std::size_t before = reply_.size();
  reply_.append(input);
  read_reply(stream::open);
  if (failed()) return failure_;
  return outcome_ ? reply_size_ - before : input.size();
}

template <class Request> void exchange<Request>::closed() {
  if (!failed() && !outcome_) read_reply(stream::closed);
}

template <class Request> void exchange<Request>::read_reply(stream state) {
  if (!output().empty()) {
    failure_ = state == stream::closed
                   ? error(errc::closed_early, "before the request was written")
                   : error(errc::malformed_reply, "it came before the request was written");
    return;
  }
  auto read = request_.parse(reply_, state);
  if (!read) {
    failure_ = read.error();
  } else if (*read) {
    reply_size_ = (*read)->size;
    outcome_ = std::move((*read)->response);
  } else if (state == stream::closed) {
    failure_ = error(errc::closed_early);
  }
}

template class exchange<alive2>;
template class exchange<port_please2>;
template class exchange<names_request>;

}  // namespace beamnode::epmd
