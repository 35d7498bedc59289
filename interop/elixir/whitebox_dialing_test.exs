defmodule WhiteboxDialingTest do
  @moduledoc "The handshake where the city dials, and a bare socket answers as it likes."
  use HostileCase, member: ["--setup-time", 1_500]

  @visible Wire.all_flags() + 1

  # The city is asked to connect with a name we listen for: the listener, and the task that asks.
  defp dialled(node, prefix \\ "raw") do
    name = fresh_node(prefix)
    {listener, _port} = RawPeer.listen(name)
    {name, listener, asked(node, name)}
  end

  defp asked(node, name), do: Task.async(fn -> GenServer.call({:member, node}, {:connect, name}, 15_000) end)

  # It introduces itself to `name`, and gets these answers; `{socket, task}`.
  defp answered(node, answers) do
    {name, listener, task} = dialled(node)
    {socket, <<"N", _::binary>>} = RawPeer.accept(listener)
    for answer <- answers, do: RawPeer.send_packet(socket, with_name(answer, name))
    {socket, task}
  end

  defp with_name(answer, name) when is_function(answer), do: answer.(to_string(name))
  defp with_name(answer, _name), do: answer

  # What the asker is told, and that the socket is closed, soon.
  defp refused({socket, task}, sooner_than \\ 1_000) do
    {took, sentence} = timed(fn -> Task.await(task, 15_000) end)
    assert is_binary(sentence)
    assert took < sooner_than
    assert RawPeer.ending(socket) == :closed
    sentence
  end

  defp good_challenge(name), do: Wire.challenge(name, 1234)

  test "what it says is right: flags that every release takes, its name, a creation, one challenge", %{node: node} do
    {name, listener, task} = dialled(node)
    {socket, <<"N", flags::64, creation::32, size::16, dialler::binary-size(size)>>} = RawPeer.accept(listener)
    assert dialler == to_string(node)
    mandatory = Wire.bits(Wire.mandatory_since_25() ++ Wire.mandatory_since_26() ++ [26])
    assert Bitwise.band(flags, mandatory) == mandatory
    assert Bitwise.band(flags, Wire.name_me()) == 0
    assert creation > 3
    RawPeer.send_packet(socket, "sok")
    peer = RawPeer.accept_rest(socket, name)
    assert Wire.creation_of(peer.echo) == creation
    assert Task.await(task) == true
    assert RawPeer.served?(peer)
  end

  # -- the status ------------------------------------------------------------------------------------

  test "a status that is none ends it at once, and the sentence quotes it", %{node: node} do
    for {status, quoted} <- [
          {"sweird", "weird"},
          {"s", ""},
          {"strue", "true"},
          {"sok ", "ok "},
          {"sOK", "OK"},
          {"s" <> String.duplicate("x", 1_000), "xxxx..."},
          {<<"s", 0, 255, "!">>, "x00"}
        ] do
      sentence = node |> answered([status]) |> refused()
      assert sentence =~ "unknown status" and sentence =~ quoted
    end
  end

  test "so does a message of another kind, or an empty one", %{node: node} do
    for message <- ["", "x", Wire.ack(<<0::128>>), Wire.complement(), Wire.name("raw@127.0.0.1"), Wire.reply(1, <<0::128>>)] do
      assert node |> answered([message]) |> refused() =~ "instead of a status"
    end
  end

  test "not_allowed is told to the asker", %{node: node} do
    assert node |> answered(["snot_allowed"]) |> refused() =~ "not_allowed"
  end

  test "a name it has not asked for is refused", %{node: node} do
    for named <- [<<"snamed:", 9::16, "a@127.0.0", 9::32>>, "snamed:", <<"snamed:", 99::16, "a">>] do
      node |> answered([named]) |> refused()
    end
  end

  test "after nok it waits for the other's own attempt, which is then its connection", %{node: node, port: port} do
    {name, listener, task} = dialled(node, "zzz")
    {socket, _} = RawPeer.accept(listener)
    RawPeer.send_packet(socket, "snok")
    :gen_tcp.close(socket)
    peer = RawPeer.connect(port, name)
    assert Task.await(task) == true
    assert RawPeer.served?(peer)
  end

  test "or gives up after the setup time when none comes", %{node: node} do
    assert node |> answered(["snok"]) |> refused(5_000) =~ "nok"
  end

  test "alive is answered with true, and then it goes on", %{node: node} do
    {name, listener, task} = dialled(node)
    {socket, _} = RawPeer.accept(listener)
    RawPeer.send_packet(socket, "salive")
    assert RawPeer.packet(socket) == "strue"
    peer = RawPeer.accept_rest(socket, name)
    assert Task.await(task) == true
    assert RawPeer.served?(peer)
  end

  test "alive again, and nothing after alive", %{node: node} do
    {socket, task} = answered(node, ["salive"])
    assert RawPeer.packet(socket) == "strue"
    RawPeer.send_packet(socket, "salive")
    refused({socket, task})
    {socket, task} = answered(node, ["salive"])
    assert RawPeer.packet(socket) == "strue"
    assert refused({socket, task}, 4_000) =~ "in time"
  end

  # -- the challenge ---------------------------------------------------------------------------------

  test "another name in the challenge is refused, however close", %{node: node} do
    for change <- [
          fn name -> name <> "x" end,
          fn name -> "X" <> name end,
          &String.upcase/1,
          fn _ -> "" end,
          fn _ -> "@" end,
          fn _ -> to_string(node) end,
          fn name -> String.replace(name, "127.0.0.1", "localhost") end
        ] do
      assert node |> answered(["sok", &good_challenge(change.(&1))]) |> refused() =~ "calls itself"
    end
  end

  for bit <- Wire.mandatory_since_25() ++ Wire.mandatory_since_26() do
    test "a challenge without flag #{bit} and the digest bit is refused", %{node: node} do
      flags = Wire.without(Wire.all_flags(), [unquote(bit), 26])
      assert node |> answered(["sok", &Wire.challenge(&1, 1234, flags)]) |> refused() =~ "offers no "
    end
  end

  test "the digest bit alone is refused", %{node: node} do
    assert node |> answered(["sok", &Wire.challenge(&1, 1234, Wire.bits([26]))]) |> refused() =~ ~r/UNLINK_ID, V4_NC/
  end

  test "an old challenge, an empty one, one of another kind", %{node: node} do
    for challenge <- [fn name -> <<"n", 5::16, 0::32, 1234::32, name::binary>> end, "", "sok", "N", Wire.ack(<<0::128>>)] do
      node |> answered(["sok", challenge]) |> refused()
    end
  end

  test "a challenge cut at every byte", %{node: node} do
    for size <- 0..34 do
      node |> answered(["sok", fn name -> binary_part(good_challenge(name), 0, size) end]) |> refused()
    end
  end

  test "a name longer than its packet, and a far too long one", %{node: node} do
    for size <- [20, 0xFFFF],
        do: node |> answered(["sok", <<"N", Wire.all_flags()::64, 1::32, 9::32, size::16, "a@b">>]) |> refused()

    node |> answered(["sok", good_challenge(String.duplicate("r", 246) <> "@127.0.0.1")]) |> refused()
    node |> answered(["sok", good_challenge(String.duplicate("r", 30_000) <> "@127.0.0.1")]) |> refused()
  end

  test "bytes behind the name are for the future, and creation 0 is taken", %{node: node} do
    {name, listener, task} = dialled(node)
    {socket, _} = RawPeer.accept(listener)
    RawPeer.send_packet(socket, "sok")
    RawPeer.send_packet(socket, Wire.challenge(to_string(name), 1, Wire.all_flags(), 0) <> "more")
    <<"r", theirs::32, _::binary-size(16)>> = RawPeer.packet(socket)
    RawPeer.send_packet(socket, Wire.ack(Wire.digest(cookie(), theirs)))
    assert Task.await(task) == true
    assert socket |> RawPeer.up(name, Wire.all_flags(), creation: 0) |> RawPeer.served?()
  end

  # -- the ack ---------------------------------------------------------------------------------------

  test "a wrong ack is a cookie mismatch", %{node: node} do
    for {wrong, sentence} <- [
          {Wire.ack(<<0::128>>), ~r/cookie/},
          {Wire.ack(Wire.digest(cookie(), 1234)), ~r/cookie/},
          {Wire.ack(<<0::120>>), ~r/malformed/},
          {Wire.ack(<<0::136>>), ~r/malformed/},
          {"a", ~r/malformed/},
          {"", ~r/instead of/},
          {"sok", ~r/instead of/},
          {"r" <> <<0::160>>, ~r/instead of/}
        ] do
      assert node |> answered(["sok", &good_challenge/1, wrong]) |> refused() =~ sentence
    end
  end

  test "its own reply sent back is no ack", %{node: node} do
    {socket, task} = answered(node, ["sok", &good_challenge/1])
    <<"r", _::32, digest::binary>> = RawPeer.packet(socket)
    RawPeer.send_packet(socket, Wire.ack(digest))
    assert refused({socket, task}) =~ "cookie"
  end

  test "frames glued behind the ack are kept", %{node: node} do
    {name, listener, task} = dialled(node)
    {socket, _} = RawPeer.accept(listener)
    RawPeer.send_packet(socket, "sok")
    RawPeer.send_packet(socket, good_challenge(to_string(name)))
    <<"r", theirs::32, _::binary>> = RawPeer.packet(socket)
    me = Wire.pid(name, 11, 3, 0x6B032CE9)
    hello = Wire.frame(Wire.message(:header, Wire.ext({6, me, :"", :echo}), Wire.ext({me, :glued})))
    RawPeer.send_bytes(socket, [Wire.packet(Wire.ack(Wire.digest(cookie(), theirs))), Wire.frame(""), hello])
    assert Task.await(task) == true
    peer = RawPeer.up(socket, name, Wire.all_flags(), echo: false)
    assert {_, {_, :glued}} = RawPeer.hear(peer)
  end

  # -- ends and silence ------------------------------------------------------------------------------

  @steps [[], ["sok"], ["sok", :challenge]]

  test "a close at each step is told at once", %{node: node} do
    for steps <- @steps, part <- ["", <<0>>, <<0, 9>>, <<0, 9, "s">>] do
      {socket, task} = answered(node, challenges(steps))
      RawPeer.send_bytes(socket, part)
      :gen_tcp.close(socket)
      assert {took, sentence} = timed(fn -> Task.await(task, 15_000) end)
      assert is_binary(sentence) and took < 1_000
    end
  end

  test "silence at each step, or half a packet, is given up after the setup time", %{node: node} do
    tries = for steps <- @steps, part <- ["", <<0>>, <<0, 9, "s">>], do: {answered(node, challenges(steps)), part}
    for {{socket, _}, part} <- tries, do: RawPeer.send_bytes(socket, part)
    for {attempt, _} <- tries, do: assert(refused(attempt, 4_000) =~ "in time")
  end

  defp challenges(steps), do: Enum.map(steps, fn step -> if step == :challenge, do: &good_challenge/1, else: step end)

  test "a listener that never accepts holds up nobody", %{node: node} do
    {_, _, task} = dialled(node)
    assert {took, sentence} = timed(fn -> Task.await(task, 15_000) end)
    assert is_binary(sentence) and took < 5_000
  end

  # -- both at once ----------------------------------------------------------------------------------

  test "of two attempts, that of the greater name stays: ours loses with nok, and its own goes on", %{node: node, port: port} do
    {name, listener, task} = dialled(node, "aaa")
    {theirs, <<"N", _::binary>>} = RawPeer.accept(listener)
    ours = RawPeer.open(port)
    RawPeer.send_packet(ours, Wire.name(to_string(name)))
    assert RawPeer.status(ours) == "nok"
    assert RawPeer.ending(ours) == :closed
    RawPeer.send_packet(theirs, "sok_simultaneous")
    peer = RawPeer.accept_rest(theirs, name)
    assert Task.await(task) == true
    assert RawPeer.served?(peer)
  end

  test "or ours wins with ok_simultaneous, and it drops its own", %{node: node, port: port} do
    {name, listener, task} = dialled(node, "zzz")
    {theirs, <<"N", _::binary>>} = RawPeer.accept(listener)
    ours = RawPeer.open(port)
    RawPeer.send_packet(ours, Wire.name(to_string(name)))
    assert RawPeer.status(ours) == "ok_simultaneous"
    # Whatever is said on the other does not count any more.
    RawPeer.send_packet(theirs, "sok")
    RawPeer.send_packet(theirs, good_challenge(to_string(name)))
    peer = RawPeer.finish(ours, name)
    assert Task.await(task) == true
    assert RawPeer.served?(peer)
    assert RawPeer.ending(theirs, 4_000) == :closed
  end

  test "when the winner then fails, the asker is answered all the same", %{node: node, port: port} do
    {name, listener, task} = dialled(node, "zzz")
    {_theirs, <<"N", _::binary>>} = RawPeer.accept(listener)
    ours = RawPeer.open(port)
    RawPeer.send_packet(ours, Wire.name(to_string(name)))
    assert RawPeer.status(ours) == "ok_simultaneous"
    :gen_tcp.close(ours)
    # It dials again.
    {again, <<"N", _::binary>>} = RawPeer.accept(listener)
    RawPeer.send_packet(again, "sok")
    peer = RawPeer.accept_rest(again, name)
    assert Task.await(task) == true
    assert RawPeer.served?(peer)
  end

  test "its attempt goes on when the one that lost with nok was not ours to begin with", %{node: node, port: port} do
    {name, listener, task} = dialled(node, "aaa")
    {theirs, _} = RawPeer.accept(listener)

    for _ <- 1..20 do
      stranger = RawPeer.open(port)
      RawPeer.send_packet(stranger, Wire.name(to_string(name)))
      assert RawPeer.status(stranger) == "nok"
    end

    RawPeer.send_packet(theirs, "sok")
    peer = RawPeer.accept_rest(theirs, name, flags: @visible)
    assert Task.await(task) == true
    assert RawPeer.served?(peer)
  end

  test "many who ask at once share one attempt and one answer", %{node: node} do
    {name, listener, task} = dialled(node)
    {socket, _} = RawPeer.accept(listener)
    more = for _ <- 1..20, do: asked(node, name)
    RawPeer.send_packet(socket, "snot_allowed")
    # Who came too late for the first attempt starts another, which meets silence.
    assert Enum.all?(Task.await_many([task | more], 10_000), &(&1 =~ ~r/not_allowed|in time/))
  end
end
