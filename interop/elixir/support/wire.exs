defmodule Wire do
  @moduledoc """
  The bytes of the distribution protocol, right or wrong (erl_dist_protocol, erl_ext_dist). Nothing
  here knows of sockets. `digits` of flags are as in the chapter Distribution Flags.
  """
  import Bitwise

  # Mandatory since OTP 25, and since 26.
  @since_25 [2, 4, 7, 8, 9, 10, 11, 16, 17, 18, 24]
  @since_26 [25, 34]
  @digest 26
  @header 13
  @fragments 23
  @optional [3, 5, 12, 14, 19, 20, 22, 32, 35, 37, 38, @header, @fragments]

  def mandatory_since_25, do: @since_25
  def mandatory_since_26, do: @since_26

  def bits(positions), do: Enum.reduce(positions, 0, &(&2 ||| 1 <<< &1))
  def without(flags, positions), do: flags &&& bnot(bits(positions))

  @doc "What a hidden node of OTP 29 offers."
  def all_flags, do: bits(@since_25 ++ @since_26 ++ @optional ++ [@digest])
  @doc "Without distribution headers: every frame begins with 112."
  def plain_flags, do: without(all_flags(), [@header, @fragments])
  @doc "With headers, without fragments."
  def header_flags, do: without(all_flags(), [@fragments])
  def published, do: 1
  def name_me, do: 1 <<< 33

  # -- the handshake -------------------------------------------------------------------------------

  def name(name, flags \\ all_flags(), creation \\ 0x6B032CE9) do
    <<"N", flags::64, creation::32, byte_size(name)::16, name::binary>>
  end

  def old_name(name, flags \\ all_flags(), version \\ 5), do: <<"n", version::16, flags::32, name::binary>>
  def complement(flags \\ all_flags(), creation \\ 0x6B032CE9), do: <<"c", flags >>> 32::32, creation::32>>

  def challenge(name, challenge, flags \\ all_flags(), creation \\ 0x6B032CE9) do
    <<"N", flags::64, challenge::32, creation::32, byte_size(name)::16, name::binary>>
  end

  def digest(cookie, challenge), do: :erlang.md5("#{cookie}#{challenge}")
  def reply(challenge, digest), do: <<"r", challenge::32, digest::binary>>
  def ack(digest), do: <<"a", digest::binary>>

  @doc "A packet of the handshake."
  def packet(message), do: <<byte_size(message)::16, message::binary>>

  # -- frames --------------------------------------------------------------------------------------

  @doc "A frame of an established connection."
  def frame(body) do
    body = IO.iodata_to_binary(body)
    <<byte_size(body)::32, body::binary>>
  end

  @doc "A term as it stands in a message: without the version number."
  def ext(term) do
    <<131, bytes::binary>> = :erlang.term_to_binary(term, minor_version: 2)
    bytes
  end

  @doc "A message, its parts encoded already, in the framing agreed on."
  def message(:plain, control, nil), do: [112, 131, control]
  def message(:plain, control, payload), do: [112, 131, control, 131, payload]
  def message(_, control, nil), do: [131, 68, 0, control]
  def message(_, control, payload), do: [131, 68, 0, control, payload]

  @doc """
  A distribution header with these references: `{:new, slot, text}` or `{:old, slot}`.
  `long`: their lengths are of two bytes.
  """
  def header(references, long \\ false) do
    count = length(references)
    last = if long, do: 1, else: 0
    nibbles = for(reference <- references, do: nibble(reference)) ++ [last]
    nibbles = if rem(length(nibbles), 2) == 1, do: nibbles ++ [0], else: nibbles
    flags = for [low, high] <- Enum.chunk_every(nibbles, 2), do: high <<< 4 ||| low
    [131, 68, count, if(count == 0, do: [], else: flags), for(reference <- references, do: entry(reference, long))]
  end

  defp nibble({:new, slot, _text}), do: 8 ||| slot >>> 8
  defp nibble({:old, slot}), do: slot >>> 8
  defp entry({:new, slot, text}, false), do: [slot &&& 255, byte_size(text), text]
  defp entry({:new, slot, text}, true), do: [slot &&& 255, <<byte_size(text)::16>>, text]
  defp entry({:old, slot}, _long), do: [slot &&& 255]

  def first_fragment(sequence, fragment, rest), do: [131, 69, <<sequence::64, fragment::64>>, 0, rest]
  def fragment(sequence, fragment, rest), do: [131, 70, <<sequence::64, fragment::64>>, rest]

  # -- terms that only others can make -------------------------------------------------------------

  def pid(node, id, serial, creation) do
    :erlang.binary_to_term(<<131, 88, atom(node)::binary, id::32, serial::32, creation::32>>)
  end

  def reference(node, creation, words) do
    words_bytes = for word <- words, into: <<>>, do: <<word::32>>
    :erlang.binary_to_term(<<131, 90, length(words)::16, atom(node)::binary, creation::32, words_bytes::binary>>)
  end

  def atom(text) do
    text = to_string(text)
    <<119, byte_size(text), text::binary>>
  end

  @doc "The pid as a former life of its node would have had it."
  def former(pid) do
    <<131, 88, rest::binary>> = :erlang.term_to_binary(pid, minor_version: 2)
    size = byte_size(rest) - 4
    <<head::binary-size(size), creation::32>> = rest
    :erlang.binary_to_term(<<131, 88, head::binary, creation - 1::32>>)
  end

  def creation_of(pid) do
    bytes = :erlang.term_to_binary(pid)
    :binary.decode_unsigned(binary_part(bytes, byte_size(bytes), -4))
  end
end
