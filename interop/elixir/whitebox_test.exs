defmodule WhiteboxTest do
  @moduledoc """
  The handshake of those who dial the city, step by step and wrong in every way, through a bare
  socket (erl_dist_protocol: Distribution Handshake).
  """
  use HostileCase, member: ["--setup-time", 1_500]

  @visible Wire.all_flags() + 1

  defp challenged(port, name, flags \\ Wire.all_flags()) do
    socket = introduced(port, name, flags)
    assert RawPeer.status(socket) == "ok"
    {socket, RawPeer.challenge(socket)}
  end

  defp members(node), do: GenServer.call({:member, node}, :nodes)

  # -- a name that is up already ---------------------------------------------------------------------

  test "a second connection of a name is asked whether it is wanted, and takes over when it says true", context do
    first = peer(context)
    second = introduced(context.port, first.name)
    assert RawPeer.status(second) == "alive"
    # The first one lives until the second has proven the cookie.
    assert RawPeer.served?(first)
    RawPeer.send_packet(second, "strue")
    peer = RawPeer.finish(second, first.name)
    assert RawPeer.ending(first) == :closed
    assert RawPeer.served?(peer)
  end

  test "the first may be closed by its owner while the second is asked", context do
    first = peer(context)
    second = introduced(context.port, first.name)
    assert RawPeer.status(second) == "alive"
    RawPeer.send_packet(second, "strue")
    RawPeer.close(first)
    assert second |> RawPeer.finish(first.name) |> RawPeer.served?()
  end

  test "or before it answers", context do
    first = peer(context, flags: @visible)
    assert first.name in members(context.node)
    second = introduced(context.port, first.name, @visible)
    assert RawPeer.status(second) == "alive"
    RawPeer.close(first)
    Eventually.holds(2_000, "the first to go", fn -> first.name not in members(context.node) end)
    RawPeer.send_packet(second, "strue")
    assert second |> RawPeer.finish(first.name) |> RawPeer.served?()
  end

  test "a second connection that says false is closed, and the first stays", context do
    first = peer(context)
    second = introduced(context.port, first.name)
    assert RawPeer.status(second) == "alive"
    RawPeer.send_packet(second, "sfalse")
    assert RawPeer.ending(second) == :closed
    assert RawPeer.served?(first)
  end

  test "a second connection that is silent is given up, and the first stays", context do
    first = peer(context)
    second = introduced(context.port, first.name)
    assert RawPeer.status(second) == "alive"
    assert RawPeer.ending(second, 4_000) == :closed
    assert RawPeer.served?(first)
    third = introduced(context.port, first.name)
    assert RawPeer.status(third) == "alive"
  end

  test "a second connection that answers nonsense is closed, and the first stays", context do
    first = peer(context)

    for nonsense <- ["smaybe", "s", "", "true", "sTRUE", "strue ", "N", "sok", "salive", "r" <> <<0::160>>] do
      second = introduced(context.port, first.name)
      assert RawPeer.status(second) == "alive"
      RawPeer.send_packet(second, nonsense)
      assert RawPeer.ending(second) == :closed
    end

    assert RawPeer.served?(first)
  end

  test "a second connection that says true but has another cookie does not harm the first", context do
    first = peer(context)
    second = introduced(context.port, first.name)
    assert RawPeer.status(second) == "alive"
    RawPeer.send_packet(second, "strue")
    %{challenge: challenge} = RawPeer.challenge(second)
    assert RawPeer.prove(second, challenge, "another") == :closed
    assert RawPeer.served?(first)
  end

  test "a third attempt while the second is asked is turned away at once, and harms neither", context do
    first = peer(context)
    second = introduced(context.port, first.name)
    assert RawPeer.status(second) == "alive"
    third = introduced(context.port, first.name)
    {took, status} = timed(fn -> RawPeer.status(third) end)
    assert status in [:closed, "nok"] and took < 1_000
    assert RawPeer.ending(third) == :closed
    assert RawPeer.served?(first)
    RawPeer.send_packet(second, "strue")
    assert second |> RawPeer.finish(first.name) |> RawPeer.served?()
  end

  test "two that say ok to the same name at once: one is up at the end, and is served", context do
    name = fresh_node("raw")
    {one, first} = challenged(context.port, name, @visible)
    {two, second} = challenged(context.port, name, @visible)
    assert RawPeer.prove(one, first.challenge) == :ok
    assert RawPeer.prove(two, second.challenge) == :ok
    peer = RawPeer.up(two, name, Wire.all_flags())
    assert RawPeer.served?(peer)
    assert RawPeer.ending(one) == :closed
    assert Enum.count(members(context.node), &(&1 == name)) == 1
  end

  test "50 lives of one name, each taking over from the last, leave one connection", context do
    name = fresh_node("raw")

    last =
      Enum.reduce(1..50, RawPeer.connect(context.port, name), fn life, before ->
        socket = RawPeer.open(context.port)
        RawPeer.send_packet(socket, Wire.name(to_string(name), @visible, 1_000 + life))
        assert RawPeer.status(socket) == "alive"
        RawPeer.send_packet(socket, "strue")
        peer = RawPeer.finish(socket, name, creation: 1_000 + life)
        assert RawPeer.ending(before) == :closed
        peer
      end)

    assert RawPeer.served?(last)
    assert Enum.count(members(context.node), &(&1 == name)) == 1
    RawPeer.close(last)
    Eventually.holds(2_000, "it to go", fn -> name not in members(context.node) end)
  end

  # -- proofs ----------------------------------------------------------------------------------------

  test "a wrong digest is hung up on at once, without a word", %{port: port} do
    for wrong <- [<<0::128>>, Wire.digest("another", 1), Wire.digest("", 1)] do
      {socket, _} = challenged(port, fresh_node("raw"))
      RawPeer.send_packet(socket, Wire.reply(77, wrong))
      assert {took, :closed} = timed(fn -> RawPeer.packet(socket) end)
      assert took < 1_000
    end
  end

  test "a digest that is right but for its last bit, or for another challenge, is none", %{port: port} do
    {socket, %{challenge: challenge}} = challenged(port, fresh_node("raw"))
    <<head::127, bit::1>> = Wire.digest(cookie(), challenge)
    RawPeer.send_packet(socket, Wire.reply(77, <<head::127, 1 - bit::1>>))
    assert RawPeer.packet(socket) == :closed

    {socket, %{challenge: challenge}} = challenged(port, fresh_node("raw"))
    RawPeer.send_packet(socket, Wire.reply(77, Wire.digest(cookie(), challenge + 1)))
    assert RawPeer.packet(socket) == :closed
  end

  test "the challenge sent back as ours proves nothing: no digest comes out", %{port: port} do
    {socket, %{challenge: challenge}} = challenged(port, fresh_node("raw"))
    RawPeer.send_packet(socket, Wire.reply(challenge, <<0::128>>))
    assert RawPeer.packet(socket) == :closed
    {socket, %{challenge: challenge}} = challenged(port, fresh_node("raw"))
    RawPeer.send_packet(socket, Wire.reply(challenge, Wire.digest(cookie(), challenge)))
    assert RawPeer.packet(socket) == :closed
  end

  test "a reply of another size or kind is hung up on", %{port: port} do
    for wrong <- [
          fn d -> <<"r", 77::32, d::binary, 0>> end,
          fn d -> <<"r", 77::32, binary_part(d, 0, 15)::binary>> end,
          fn d -> <<"R", 77::32, d::binary>> end,
          fn d -> <<"a", d::binary>> end,
          fn _ -> "" end,
          fn _ -> "sok" end,
          fn d -> Wire.complement() <> d end
        ] do
      {socket, %{challenge: challenge}} = challenged(port, fresh_node("raw"))
      RawPeer.send_packet(socket, wrong.(Wire.digest(cookie(), challenge)))
      assert RawPeer.packet(socket) == :closed
    end
  end

  # -- the old name ----------------------------------------------------------------------------------

  test "an old name message is answered, and its complement completes it", %{port: port} do
    name = fresh_node("raw")
    socket = RawPeer.open(port)
    RawPeer.send_packet(socket, Wire.old_name(to_string(name)))
    assert RawPeer.status(socket) == "ok"
    %{challenge: challenge} = RawPeer.challenge(socket)
    RawPeer.send_packet(socket, Wire.complement())
    assert RawPeer.prove(socket, challenge) == :ok
    assert socket |> RawPeer.up(name, Wire.all_flags()) |> RawPeer.served?()
  end

  test "without a complement, with a broken one, or with one that lacks V4_NC, it is hung up on", %{port: port} do
    for wrong <- [Wire.reply(77, <<0::128>>), "c", <<"c", 0xD::32>>, Wire.complement() <> "x", Wire.complement(0)] do
      socket = RawPeer.open(port)
      RawPeer.send_packet(socket, Wire.old_name(to_string(fresh_node("raw"))))
      assert RawPeer.status(socket) == "ok"
      RawPeer.challenge(socket)
      RawPeer.send_packet(socket, wrong)
      assert RawPeer.status(socket) in [:closed, "not_allowed"]
      assert RawPeer.ending(socket) == :closed
    end
  end

  test "an old name without HANDSHAKE_23 is not allowed, and one of another version is hung up on", %{port: port} do
    assert answer(port, Wire.old_name("#{fresh_node("raw")}", Wire.without(Wire.all_flags(), [24, 26]))) == "not_allowed"

    for version <- [0, 4, 6, 65_535] do
      assert answer(port, Wire.old_name("#{fresh_node("raw")}", Wire.all_flags(), version)) == :closed
    end
  end

  # -- packets ---------------------------------------------------------------------------------------

  test "a first packet of another kind, or of no size, is hung up on", %{port: port} do
    for message <- ["", "x", "sok", "strue", Wire.reply(1, <<0::128>>), Wire.ack(<<0::128>>), Wire.complement(), "N", "n"] do
      assert answer(port, message) == :closed
    end
  end

  test "whatever is said is cut at every byte and the socket closed there", %{port: port} do
    name = to_string(fresh_node("raw"))
    packet = Wire.packet(Wire.name(name))

    for size <- 0..(byte_size(packet) - 1) do
      socket = RawPeer.open(port)
      RawPeer.send_bytes(socket, binary_part(packet, 0, size))
      :gen_tcp.close(socket)
    end

    # A message cut short, in a packet of its size.
    message = Wire.name(name)
    for size <- 0..(byte_size(message) - 1), do: assert(answer(port, binary_part(message, 0, size)) == :closed)

    for size <- 0..22 do
      {socket, %{challenge: challenge}} = challenged(port, fresh_node("raw"))
      reply = Wire.packet(Wire.reply(77, Wire.digest(cookie(), challenge)))
      RawPeer.send_bytes(socket, binary_part(reply, 0, size))
      :gen_tcp.close(socket)
    end
  end

  test "every byte may come in a segment of its own", %{port: port} do
    name = fresh_node("raw")
    drip = fn socket, message -> for <<byte <- Wire.packet(message)>>, do: RawPeer.send_bytes(socket, <<byte>>) end
    socket = RawPeer.open(port)
    drip.(socket, Wire.name(to_string(name)))
    assert RawPeer.status(socket) == "ok"
    %{challenge: challenge} = RawPeer.challenge(socket)
    drip.(socket, Wire.reply(77, Wire.digest(cookie(), challenge)))
    assert RawPeer.acknowledged(socket, 77) == :ok
    assert socket |> RawPeer.up(name, Wire.all_flags()) |> RawPeer.served?()
  end

  test "frames glued behind the challenge reply are kept, be they whole, a tick or a part of one", %{port: port} do
    name = fresh_node("raw")
    {socket, %{challenge: challenge}} = challenged(port, name)
    me = Wire.pid(name, 11, 3, 0x6B032CE9)
    hello = Wire.frame(Wire.message(:header, Wire.ext({6, me, :"", :echo}), Wire.ext({me, :glued})))
    <<part::binary-size(9), rest::binary>> = hello
    reply = Wire.packet(Wire.reply(77, Wire.digest(cookie(), challenge)))
    RawPeer.send_bytes(socket, [reply, Wire.frame(""), hello, part])
    assert RawPeer.acknowledged(socket, 77) == :ok
    peer = RawPeer.up(socket, name, Wire.all_flags(), echo: false)
    assert {_, {_, :glued}} = RawPeer.hear(peer)
    RawPeer.send_bytes(socket, rest)
    assert {_, {_, :glued}} = RawPeer.hear(peer)
  end

  test "packets glued together that cannot be answers yet are hung up on", %{port: port} do
    name = Wire.packet(Wire.name("#{fresh_node("raw")}"))

    for behind <- [name, Wire.packet(Wire.reply(77, <<0::128>>)), Wire.packet(""), Wire.packet("strue")] do
      socket = RawPeer.open(port)
      RawPeer.send_bytes(socket, name <> behind)
      assert RawPeer.ending(socket) == :closed
    end
  end

  test "silence at each step is given up after the setup time", %{port: port} do
    connected = RawPeer.open(port)
    one_byte = RawPeer.open(port)
    RawPeer.send_bytes(one_byte, <<0>>)
    half_a_name = RawPeer.open(port)
    RawPeer.send_bytes(half_a_name, binary_part(Wire.packet(Wire.name("raw@127.0.0.1")), 0, 20))
    {asked, _} = challenged(port, fresh_node("raw"))
    {half_a_reply, _} = challenged(port, fresh_node("raw"))
    RawPeer.send_bytes(half_a_reply, <<21::16, "r", 0>>)
    old = RawPeer.open(port)
    RawPeer.send_packet(old, Wire.old_name(to_string(fresh_node("raw"))))

    for socket <- [connected, one_byte, half_a_name, asked, half_a_reply, old] do
      assert {took, :closed} = timed(fn -> RawPeer.ending(socket, 4_000) end)
      assert took < 3_500
    end
  end
end
