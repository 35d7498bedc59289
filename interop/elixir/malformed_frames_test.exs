defmodule MalformedFramesTest do
  @moduledoc """
  Frames of a connected peer that are wrong in their bytes: lengths, distribution headers and atom
  caches, fragments; and very many right ones (erl_dist_protocol: Protocol between Connected Nodes).
  """
  use HostileCase
  import Wire, only: [ext: 1, header: 1, header: 2]

  # A message to `name`, which is encoded already, and may refer to the header in front of it.
  defp reg_send(peer, header, name, payload \\ nil) do
    [header, 104, 4, 97, 6, ext(peer.self), ext(:""), name, payload || ext({peer.self, :hello})]
  end

  defp frame_closes(context, options \\ [], body) do
    assert_closed(context, options, &RawPeer.tell_frame(&1, if(is_function(body), do: body.(&1), else: body)))
  end

  defp utf8(text), do: <<118, byte_size(text)::16, text::binary>>

  # -- lengths ---------------------------------------------------------------------------------------

  test "a length above the limit is hung up on at once, be it just above or beyond 2^31", context do
    for length <- [0x20000001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF] do
      assert_closed(context, &RawPeer.send_bytes(&1, <<length::32>>))
    end
  end

  test "a length within the limit that never comes holds up nobody and no memory", context do
    waiting = for _ <- 1..20, do: peer(context)
    for peer <- waiting, do: RawPeer.send_bytes(peer, <<0x20000000::32, 131, 68>>)
    assert RawPeer.served?(peer(context))

    # Only where this BEAM sees the processes of the machine.
    with {:ok, status} <- File.read("/proc/#{context.city.os_pid}/status") do
      [_, kilobytes] = Regex.run(~r/VmRSS:\s+(\d+) kB/, status)
      assert String.to_integer(kilobytes) < 300_000
    end
  end

  test "a million ticks", context do
    assert_served(context, fn peer ->
      ticks = :binary.copy(<<0::32>>, 100_000)
      for _ <- 1..10, do: RawPeer.send_bytes(peer, ticks)
    end)
  end

  test "a million tiny frames, and others are served meanwhile", context do
    assert_served(context, fn peer ->
      frame = Wire.frame(Wire.message(:header, ext({6, peer.self, :"", :nobody}), ext([])))
      many = :binary.copy(frame, 10_000)
      sender = Task.async(fn -> for _ <- 1..100, do: RawPeer.send_bytes(peer, many) end)
      for _ <- 1..5, do: assert({_, :meanwhile} = CityCase.echo(context.node, :meanwhile))
      Task.await(sender, 60_000)
      Eventually.holds(60_000, "it to be through", fn -> RawPeer.served?(peer) end)
    end)
  end

  test "a frame a byte at a time", context do
    assert_served(context, fn peer ->
      for <<byte <- Wire.frame(reg_send(peer, header([]), ext(:echo)))>>, do: RawPeer.send_bytes(peer, <<byte>>)
      assert {_, {_, :hello}} = RawPeer.hear(peer)
    end)
  end

  # -- framings --------------------------------------------------------------------------------------

  test "a frame of a framing that is not agreed", context do
    plain = [flags: Wire.plain_flags()]
    only_header = [flags: Wire.header_flags()]
    hello = fn peer -> [ext({6, peer.self, :"", :echo}), ext({peer.self, :hello})] end
    frame_closes(context, fn peer -> Wire.message(:plain, ext({6, peer.self, :"", :echo}), ext({peer.self, :hello})) end)
    frame_closes(context, plain, fn peer -> [131, 68, 0, hello.(peer)] end)

    for options <- [plain, only_header] do
      frame_closes(context, options, fn peer -> Wire.first_fragment(7, 1, hello.(peer)) end)
      frame_closes(context, options, Wire.fragment(7, 1, "x"))
    end

    assert_served(context, only_header, &RawPeer.tell_frame(&1, [131, 68, 0, hello.(&1)]))
  end

  test "frames of an unknown kind, or too short for one", context do
    for body <- [
          <<0>>,
          <<1>>,
          <<131>>,
          <<132>>,
          <<131, 0>>,
          <<131, 67>>,
          <<131, 71>>,
          <<131, 104, 0>>,
          <<131, 80, 0, 0, 0, 0>>,
          <<255>>,
          <<131, 68>>,
          <<131, 68, 0>>,
          <<131, 69>>,
          <<131, 70>>,
          <<112>>
        ] do
      frame_closes(context, body)
    end

    for body <- [<<112>>, <<112, 131>>, <<112, 130, 97, 1>>, <<112, 97, 1>>, <<131, 68, 0, 97, 1>>] do
      frame_closes(context, [flags: Wire.plain_flags()], body)
    end
  end

  test "a version number where headers are agreed, and none where they are not", context do
    frame_closes(context, &[131, 68, 0, 131, ext({6, &1.self, :"", :echo}), ext({&1.self, :hello})])
    frame_closes(context, &[131, 68, 0, ext({6, &1.self, :"", :echo}), 131, ext({&1.self, :hello})])
    frame_closes(context, [flags: Wire.plain_flags()], &[112, 131, ext({6, &1.self, :"", :echo}), ext({&1.self, :hello})])
  end

  test "compressed terms, in any place", context do
    <<131, packed::binary>> = :erlang.term_to_binary(List.duplicate(:a, 1_000), compressed: 9, minor_version: 2)
    <<80, _::binary>> = packed
    frame_closes(context, [131, 68, 0, packed])
    frame_closes(context, &reg_send(&1, header([]), ext(:echo), packed))
    frame_closes(context, &reg_send(&1, header([]), ext(:echo), [104, 2, ext(&1.self), packed]))
    frame_closes(context, &reg_send(&1, header([]), ext(:echo), <<80, 0xFFFFFFFF::32, 120, 156>>))
    frame_closes(context, [flags: Wire.plain_flags()], &Wire.message(:plain, ext({6, &1.self, :"", :echo}), packed))
  end

  test "bytes behind a message are passed over", context do
    assert_served(context, fn peer ->
      RawPeer.tell_frame(peer, [reg_send(peer, header([]), ext(:echo)), <<255, 0, 131>>])
      assert {_, {_, :hello}} = RawPeer.hear(peer)
      RawPeer.tell_frame(peer, [131, 68, 0, ext({20, peer.self, :echo, RawPeer.reference(peer)}), "more"])
    end)
  end

  # -- atoms and their cache -------------------------------------------------------------------------

  test "references to atoms work, and the cache outlives its frame", context do
    assert_served(context, fn peer ->
      for header <- [
            header([{:new, 5, "echo"}]),
            header([{:old, 5}]),
            header([{:new, 2_047, "echo"}]),
            header([{:old, 2_047}]),
            header([{:new, 300, "echo"}], true),
            header([{:new, 300, "echo"}, {:old, 5}]),
            header([{:new, 300, "echo"}, {:old, 5}], true)
          ] do
        RawPeer.tell_frame(peer, reg_send(peer, header, <<82, 0>>))
        assert {_, {_, :hello}} = RawPeer.hear(peer)
      end
    end)
  end

  test "all 2048 places of the cache, 255 in a header", context do
    assert_served(context, fn peer ->
      for slots <- Enum.chunk_every(0..2_047, 255) do
        RawPeer.tell_frame(peer, reg_send(peer, header(for slot <- slots, do: {:new, slot, "slot_#{slot}"}), ext(:nobody)))
      end

      for slots <- Enum.chunk_every(0..2_047, 255) do
        payload = [104, 2, ext(peer.self), 108, <<length(slots)::32>>, for(i <- 0..(length(slots) - 1), do: [82, i]), 106]
        RawPeer.tell_frame(peer, reg_send(peer, header(for slot <- slots, do: {:old, slot}), ext(:echo), payload))
        assert {_, {_, atoms}} = RawPeer.hear(peer)
        assert atoms == for(slot <- slots, do: :"slot_#{slot}")
      end
    end)
  end

  test "a place never filled, and a reference beyond the header", context do
    for slot <- [0, 6, 2_047], do: frame_closes(context, &reg_send(&1, header([{:old, slot}]), ext(:echo)))
    frame_closes(context, &reg_send(&1, header([{:new, 5, "echo"}, {:old, 6}]), <<82, 0>>))

    for {references, index} <- [
          {[], 0},
          {[], 137},
          {[{:new, 5, "echo"}], 1},
          {[{:new, 0, "fake 1"}, {:new, 1, "a"}, {:new, 2, "b"}], 137}
        ] do
      frame_closes(context, &reg_send(&1, header(references), <<82, index>>))
      frame_closes(context, &reg_send(&1, header(references), ext(:echo), <<82, index>>))
      frame_closes(context, &reg_send(&1, header(references), ext(:nobody), <<104, 1, 82, index>>))
    end

    frame_closes(context, &reg_send(&1, header([]), <<82>>, ""))

    frame_closes(
      context,
      [flags: Wire.plain_flags()],
      &[112, 131, 104, 4, 97, 6, ext(&1.self), ext(:""), 82, 0, 131, ext(:a)]
    )
  end

  test "a header cut at every byte, and the message behind it, too", context do
    for long <- [false, true], size <- 0..25 do
      frame_closes(context, fn _ ->
        whole = IO.iodata_to_binary(header([{:new, 5, "echo"}, {:new, 9, "other"}], long))

        binary_part(whole, 0, min(size, byte_size(whole)))
        |> case do
          "" -> <<131, 68>>
          part -> part
        end
      end)
    end

    size = byte_size(IO.iodata_to_binary(reg_send(peer(context), header([{:new, 5, "echo"}]), <<82, 0>>)))

    for cut <- 1..(size - 2) do
      frame_closes(
        context,
        &binary_part(IO.iodata_to_binary(reg_send(&1, header([{:new, 5, "echo"}]), <<82, 0>>)), 0, min(cut, size - 2))
      )
    end
  end

  test "a header that announces more than there is", context do
    for body <- [
          <<131, 68, 255>>,
          <<131, 68, 1, 8, 0, 200, "echo">>,
          <<131, 68, 1, 0x18, 0, 0xFFFF::16, "echo">>,
          <<131, 68, 2, 0x88>>,
          <<131, 68, 255, 0xFF::size(128)-unit(8)>>
        ] do
      frame_closes(context, body)
    end
  end

  @bad_atoms [
    {"of 256 characters", String.duplicate("a", 256)},
    {"of 256 characters of two bytes", String.duplicate("ö", 256)},
    {"of 1021 bytes", String.duplicate("a", 1_021)},
    {"with a lone continuation", <<"a", 0x80>>},
    {"cut inside a character", <<0xC3>>},
    {"with a surrogate", <<0xED, 0xA0, 0x80>>},
    {"with an overlong character", <<0xC0, 0x80>>},
    {"beyond U+10FFFF", <<0xF4, 0x90, 0x80, 0x80>>},
    {"with 0xFF", <<0xFF>>}
  ]

  for {what, text} <- @bad_atoms do
    test "an atom #{what}, in a header or in a term", context do
      text = unquote(text)
      frame_closes(context, &reg_send(&1, header([{:new, 5, text}], true), ext(:echo)))
      if byte_size(text) < 256, do: frame_closes(context, &reg_send(&1, header([{:new, 5, text}]), ext(:echo)))
      frame_closes(context, &reg_send(&1, header([]), utf8(text)))
      frame_closes(context, &reg_send(&1, header([]), ext(:echo), utf8(text)))
      frame_closes(context, &reg_send(&1, header([]), ext(:nobody), [104, 1, utf8(text)]))
    end
  end

  test "an atom of 255 characters of four bytes is one", context do
    text = String.duplicate("😀", 255)

    assert_served(context, fn peer ->
      RawPeer.tell_frame(peer, reg_send(peer, header([{:new, 5, text}], true), ext(:echo), [104, 2, ext(peer.self), 82, 0]))
      assert {_, {_, atom}} = RawPeer.hear(peer)
      assert to_string(atom) == text
    end)
  end

  # -- fragments -------------------------------------------------------------------------------------

  # A large payload to the echo, cut in three.
  defp cut(peer) do
    payload = ext({peer.self, List.duplicate(255, 255)})
    <<a::binary-size(10), b::binary-size(20), c::binary>> = payload
    {ext({6, peer.self, :"", :echo}), a, b, c}
  end

  test "fragments as they should be: cut anywhere, some empty, interleaved, in one piece", context do
    assert_served(context, fn peer ->
      {control, a, b, c} = cut(peer)

      for {sequence, fragment, part} <- [{1, 5, [control, a]}, {2, 3, control}],
          do: RawPeer.tell_frame(peer, Wire.first_fragment(sequence, fragment, part))

      RawPeer.tell_frame(peer, Wire.fragment(1, 4, ""))
      RawPeer.tell_frame(peer, Wire.fragment(2, 2, a <> b))
      for {fragment, part} <- [{3, b}, {2, c}, {1, ""}], do: RawPeer.tell_frame(peer, Wire.fragment(1, fragment, part))
      assert {_, {_, [255 | _]}} = RawPeer.hear(peer)
      RawPeer.tell_frame(peer, Wire.fragment(2, 1, c))
      assert {_, {_, [255 | _]}} = RawPeer.hear(peer)
      RawPeer.tell_frame(peer, Wire.first_fragment(1, 1, [control, a, b, c]))
      assert {_, {_, [255 | _]}} = RawPeer.hear(peer)
    end)
  end

  for {what, frames} <- [
        {"a sequence that was never begun", [{:next, 7, 1, :c}]},
        {"a fragment left out", [{:first, 7, 3, :a}, {:next, 7, 1, :c}]},
        {"fragments in ascending order", [{:first, 7, 2, :a}, {:next, 7, 3, :b}]},
        {"a fragment twice", [{:first, 7, 4, :a}, {:next, 7, 3, :b}, {:next, 7, 3, :b}]},
        {"one fragment too many", [{:first, 7, 2, :a}, {:next, 7, 1, :bc}, {:next, 7, 0, :c}]},
        {"a further one behind the last", [{:first, 7, 2, :a}, {:next, 7, 1, :bc}, {:next, 7, 1, :c}]},
        {"a sequence begun twice", [{:first, 7, 3, :a}, {:first, 7, 3, :a}]},
        {"sequence 0", [{:first, 0, 3, :a}]},
        {"sequence 0, further on", [{:next, 0, 3, :a}]},
        {"fragment 0 at first", [{:first, 7, 0, :a}]},
        {"fragment 0 further on", [{:first, 7, 2, :a}, {:next, 7, 0, :b}]},
        {"an end too early", [{:first, 7, 2, :a}, {:next, 7, 1, :b}]}
      ] do
    test "fragments: #{what}", context do
      assert_closed(context, fn peer ->
        {control, a, b, c} = cut(peer)

        for {kind, sequence, fragment, part} <- unquote(Macro.escape(frames)) do
          part = %{a: a, b: b, c: c, bc: b <> c}[part]

          RawPeer.tell_frame(
            peer,
            if(kind == :first,
              do: Wire.first_fragment(sequence, fragment, [control, part]),
              else: Wire.fragment(sequence, fragment, part)
            )
          )
        end
      end)
    end
  end

  test "fragments that end inside their numbers or their control message", context do
    for body <- [
          [131, 69, <<7::64>>],
          [131, 69, <<7::64, 3::56>>],
          [131, 70, <<7::64>>],
          [131, 70, 0],
          [131, 69, <<7::64, 1::64>>]
        ],
        do: frame_closes(context, body)

    frame_closes(context, &Wire.first_fragment(7, 1, binary_part(ext({6, &1.self, :"", :echo}), 0, 20)))
    frame_closes(context, &[Wire.first_fragment(7, 1, ext({2, :"", &1.echo, :broken})), ext([])])
  end

  test "bad reasons in a fragment end the connection, not the process", context do
    for {op, more} <- [{24, []}, {26, []}, {28, [:ref]}], bad <- [131, 132, 133] do
      frame_closes(context, fn peer ->
        more = for :ref <- more, do: RawPeer.reference(peer)
        Wire.first_fragment(7, 1, [ext(List.to_tuple([op, peer.self, peer.echo | more])), bad])
      end)
    end
  end

  test "absurd promises reserve nothing, and what never ends holds up nobody", context do
    assert_served(context, fn peer ->
      for sequence <- 1..1_000 do
        promised = if rem(sequence, 2) == 0, do: 0xFFFF_FFFF_FFFF_FFFF, else: 1_000_000
        RawPeer.tell_frame(peer, Wire.first_fragment(sequence, promised, ext({6, peer.self, :"", :echo})))
      end
    end)

    # So many messages at once no node begins.
    assert_closed(context, fn peer ->
      control = ext({6, peer.self, :"", :echo})
      RawPeer.send_bytes(peer, for(sequence <- 1..20_000, do: Wire.frame(Wire.first_fragment(sequence, 9, control))))
    end)
  end

  test "a connection that ends amid fragments leaves nothing behind for the next", context do
    name = fresh_node("raw")
    peer = RawPeer.connect(context.port, name)
    {control, a, b, c} = cut(peer)
    RawPeer.tell_frame(peer, Wire.first_fragment(7, 3, [control, a]))
    RawPeer.tell_frame(peer, reg_send(peer, header([{:new, 5, "echo"}]), <<82, 0>>))
    RawPeer.close(peer)
    Program.await_line(context.city, ~r/READY/)
    again = reconnect(context.port, name)
    RawPeer.tell_frame(again, Wire.fragment(7, 2, b <> c))
    assert RawPeer.ending(again) == :closed
    again = reconnect(context.port, name)
    RawPeer.tell_frame(again, reg_send(again, header([{:old, 5}]), <<82, 0>>))
    assert RawPeer.ending(again) == :closed
  end

  # The city may not have noticed yet that the last one is gone.
  defp reconnect(port, name) do
    socket = RawPeer.open(port)
    RawPeer.send_packet(socket, Wire.name(to_string(name)))

    case RawPeer.status(socket) do
      "alive" ->
        RawPeer.send_packet(socket, "strue")
        RawPeer.finish(socket, name)

      status ->
        RawPeer.finish(socket, name, [], status)
    end
  end
end
