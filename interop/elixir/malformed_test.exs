defmodule MalformedTest do
  @moduledoc """
  Control messages of a connected peer that are wrong in form or in what they say (erl_dist_protocol:
  Control Message). A connection whose bytes make no sense ends; what merely has no effect is passed
  over.
  """
  use HostileCase

  # Each operation as it should be, by number: its tuple and whether a payload follows. `me` is a
  # process of the peer, `to` one of the city.
  defp correct(op, me, to, ref) do
    case op do
      1 -> {{1, me, to}, nil}
      2 -> {{2, :"", to}, {me, :hello}}
      3 -> {{3, me, to, :normal}, nil}
      6 -> {{6, me, :"", :echo}, {me, :hello}}
      7 -> {{7, me, to}, nil}
      8 -> {{8, me, to, :normal}, nil}
      12 -> {{12, :"", to, []}, {me, :hello}}
      13 -> {{13, me, to, [], :normal}, nil}
      16 -> {{16, me, :"", :echo, []}, {me, :hello}}
      18 -> {{18, me, to, [], :normal}, nil}
      19 -> {{19, me, to, ref}, nil}
      20 -> {{20, me, to, ref}, nil}
      21 -> {{21, me, to, ref, :normal}, nil}
      22 -> {{22, me, to}, {me, :hello}}
      23 -> {{23, me, to, []}, {me, :hello}}
      24 -> {{24, me, to}, :normal}
      25 -> {{25, me, to, []}, :normal}
      26 -> {{26, me, to}, :normal}
      27 -> {{27, me, to, []}, :normal}
      28 -> {{28, me, to, ref}, :normal}
      29 -> {{29, ref, me, me, {:nowhere, :nothing, 0}, []}, []}
      30 -> {{30, ref, me, me, {:nowhere, :nothing, 0}, [], []}, []}
      31 -> {{31, ref, to, 0, :badopt}, nil}
      32 -> {{32, ref, to, 0, :badopt, []}, nil}
      33 -> {{33, me, ref}, {me, :hello}}
      34 -> {{34, me, ref, []}, {me, :hello}}
      35 -> {{35, 1, me, to}, nil}
      36 -> {{36, 1, me, to}, nil}
      37 -> {{37, 0, me, to}, {me, :hello}}
    end
  end

  @operations [1, 2, 3, 6, 7, 8, 12, 13, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37]
  # Places, from 0, where any term may stand: what was a cookie once, trace tokens, reasons, options.
  @any %{
    2 => [1],
    3 => [3],
    6 => [2],
    8 => [3],
    12 => [1, 3],
    13 => [3, 4],
    16 => [2, 4],
    18 => [3, 4],
    21 => [4],
    23 => [3],
    25 => [3],
    27 => [3],
    29 => [5],
    30 => [5, 6],
    32 => [5],
    34 => [3]
  }

  defp correct(op, peer), do: correct(op, peer.self, peer.echo, RawPeer.reference(peer, op))

  defp say(peer, {control, nil}), do: RawPeer.tell(peer, control)
  defp say(peer, {control, payload}), do: RawPeer.tell(peer, control, payload)

  defp longer(control), do: :erlang.append_element(control, [])
  defp shorter(control), do: :erlang.delete_element(tuple_size(control), control)

  for op <- @operations do
    test "operation #{op}: as it should be it is taken, with an element too few or too many it is not", context do
      assert_served(context, &say(&1, correct(unquote(op), &1)))
      assert_served(context, [flags: Wire.plain_flags()], &say(&1, correct(unquote(op), &1)))

      assert_closed(context, fn peer ->
        {control, payload} = correct(unquote(op), peer)
        say(peer, {shorter(control), payload})
      end)

      # The last one may grow in later releases.
      grown = fn peer ->
        {control, payload} = correct(unquote(op), peer)
        say(peer, {longer(control), payload})
      end

      if unquote(op) == 37, do: assert_served(context, grown), else: assert_closed(context, grown)
    end

    test "operation #{op}: an element of another kind", context do
      any = Map.get(@any, unquote(op), [])

      size =
        1
        |> Wire.pid(1, 1, 1)
        |> List.duplicate(3)
        |> then(fn [a, b, c] -> correct(unquote(op), a, b, c) end)
        |> elem(0)
        |> tuple_size()

      for place <- 1..(size - 1), wrong <- [1.5, "binary", {}, [:list]] do
        work = fn peer ->
          {control, payload} = correct(unquote(op), peer)
          say(peer, {put_elem(control, place, wrong), payload})
        end

        if place in any, do: assert_served(context, work), else: assert_closed(context, work)
      end
    end

    test "operation #{op}: addressed to a process of a former life of the city, it reaches nobody", context do
      assert_served(context, fn peer ->
        {control, payload} = correct(unquote(op), peer.self, Wire.former(peer.echo), RawPeer.reference(peer))
        say(peer, {control, payload})
      end)
    end

    test "operation #{op}: in the name of a process of a former life of the peer", context do
      assert_served(context, fn peer ->
        {control, payload} = correct(unquote(op), Wire.former(peer.self), peer.echo, RawPeer.reference(peer))
        say(peer, {control, payload})
      end)
    end
  end

  for op <- [2, 6, 12, 16, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33, 34, 37] do
    test "operation #{op} without its payload is hung up on", context do
      without = fn peer -> say(peer, {elem(correct(unquote(op), peer), 0), nil}) end
      assert_closed(context, without)
      assert_closed(context, [flags: Wire.plain_flags()], without)
    end
  end

  for op <- [1, 19, 29, 35] do
    test "operation #{op} in the name of a process of another node is hung up on", context do
      assert_closed(context, fn peer ->
        say(peer, correct(unquote(op), Wire.pid("third@127.0.0.1", 1, 1, 99), peer.echo, RawPeer.reference(peer)))
      end)
    end
  end

  for op <- @operations -- [29, 30] do
    test "operation #{op} addressed to a process of a third node is not passed on", context do
      assert_served(context, fn peer ->
        say(peer, correct(unquote(op), peer.self, Wire.pid(node(), 1, 1, 99), RawPeer.reference(peer)))
      end)
    end
  end

  # -- control messages that are none ---------------------------------------------------------------

  test "what is no tuple, or an empty one, or does not begin with an operation", context do
    for wrong <- [{}, :atom, 7, [], [6, 7], "binary", %{}, {:six}, {1.0}, {-1, :a}, {[]}, {nil, nil}] do
      assert_closed(context, &RawPeer.tell(&1, wrong))
      assert_closed(context, [flags: Wire.plain_flags()], &RawPeer.tell(&1, wrong))
    end
  end

  test "the malformed control messages of Erlang's own tests", context do
    wrongs = fn me, to, ref ->
      [
        {{21, me, to, :normal}, nil},
        {{21, me, to, :normal, :normal}, nil},
        {{1}, nil},
        {{4, me}, nil},
        {{4, me, ref}, nil},
        {{4, ref, to}, nil},
        {{4, :normal, :normal}, nil},
        {{19, me, to}, nil},
        {{19, me, to, :normal}, nil},
        {{20, me, to}, nil},
        {{20, me, to, :normal}, nil},
        {{3, me, to}, nil},
        {{3, ref, :normal, :normal}, nil},
        {{13, me, :token, to}, nil},
        {{13, ref, :token, :normal, :normal}, nil},
        {{8, me, to}, nil},
        {{8, ref, :normal, :normal}, nil},
        {{18, me, :token, to}, nil},
        {{18, ref, :token, :normal, :normal}, nil},
        {{7, me}, nil},
        {{7, me, :atomic}, nil},
        {{7, :replace, to}, nil},
        {{16, me, :"", :name}, {:message}},
        {{16, :replace, :"", :name, :token}, {:message}},
        {{6, me, :""}, {:message}},
        {{6, :replace, :"", to}, {:message}},
        {{6, :replace, :"", :name}, {:message}},
        {{6, me, :"", :name, {:token}}, {:message}},
        {{12, :"", to}, {:message}},
        {{12, :"", :name, :token}, {:message}},
        {{2, :""}, {:message}},
        {{2, :"", :name}, {:message}},
        {{2, :"", to, {:token}}, {:message}}
      ]
    end

    for place <- 0..(length(wrongs.(1, 2, 3)) - 1) do
      assert_closed(context, fn peer ->
        # A link and a monitor are there, and go with the connection.
        RawPeer.tell(peer, {1, peer.self, peer.echo})
        RawPeer.tell(peer, {19, peer.self, peer.echo, RawPeer.reference(peer)})
        say(peer, Enum.at(wrongs.(peer.self, peer.echo, make_ref()), place))
      end)
    end
  end

  test "an unknown operation is passed over, and the log says so once", context do
    unknown = [0, 9, 10, 11, 14, 15, 17, 38, 99, 255, 256, 65_536]

    assert_served(context, fn peer ->
      for op <- unknown, _ <- 1..3 do
        RawPeer.tell(peer, {op})
        RawPeer.tell(peer, {op, peer.self, [:whatever]})
        RawPeer.tell(peer, {op, peer.self}, {:with, :payload})
      end

      assert RawPeer.served?(peer)

      for op <- unknown do
        line = ~r/#{peer.name} .* not known here .*: #{op}$/
        Program.await_line(context.city, line)
        assert Program.count(context.city, line) == 1
      end
    end)
  end

  test "UNLINK, where UNLINK_ID is agreed, is hung up on; NODE_LINK is hung up on or passed over", context do
    assert_closed(context, &RawPeer.tell(&1, {4, &1.self, &1.echo}))
    peer = peer_with_target(context)
    RawPeer.tell(peer, {5})
    RawPeer.tell(peer, {5, peer.self})
    RawPeer.close(peer)
  end

  test "numbers out of range", context do
    for id <- [0, -1, Bitwise.bsl(1, 64)],
        op <- [35, 36],
        do: assert_closed(context, &RawPeer.tell(&1, {op, id, &1.self, &1.echo}))

    assert_served(context, &RawPeer.tell(&1, {36, Bitwise.bsl(1, 64) - 1, &1.self, &1.echo}))
    for flags <- [-1, 12], do: assert_closed(context, &RawPeer.tell(&1, {37, flags, &1.self, &1.echo}, {:a}))
    # Bits that are not known yet may come.
    assert_served(context, &RawPeer.tell(&1, {37, Bitwise.bsl(1, 200), &1.self, &1.echo}, {&1.self, :a}))
    assert_served(context, &RawPeer.tell(&1, {31, RawPeer.reference(&1), &1.echo, Bitwise.bsl(1, 100), :badopt}))
  end

  # -- who is asked for and is not there -------------------------------------------------------------

  test "links with and monitors of former processes and unknown names are answered with noproc", context do
    assert_served(context, fn peer ->
      former = Wire.former(peer.echo)
      RawPeer.tell(peer, {1, peer.self, former})
      assert {{24, ^former, _}, :noproc} = RawPeer.hear_op(peer, 24)

      for target <- [former, :nobody] do
        ref = RawPeer.reference(peer, 5)
        RawPeer.tell(peer, {19, peer.self, target, ref})
        assert {{28, ^target, _, ^ref}, :noproc} = RawPeer.hear_op(peer, 28)
      end
    end)
  end

  test "an unlink is acknowledged whoever it is for, and before anything else", context do
    assert_served(context, fn peer ->
      for {target, id} <- [
            {peer.echo, 1},
            {Wire.pid(context.node, 900, 9, Wire.creation_of(peer.echo)), Bitwise.bsl(1, 64) - 1}
          ] do
        RawPeer.tell(peer, {35, id, peer.self, target})
        me = peer.self
        assert {{36, ^id, ^target, ^me}, nil} = RawPeer.hear_op(peer, 36)
      end
    end)
  end

  test "answers nobody asked for change nothing", context do
    assert_served(context, fn peer ->
      {me, echo, ref} = {peer.self, peer.echo, RawPeer.reference(peer)}
      ours = Wire.reference(context.node, Wire.creation_of(echo), [1, 2, 3])

      for r <- [ref, ours],
          result <- [me, :badopt, echo],
          flags <- 0..3,
          do: RawPeer.tell(peer, {31, r, echo, flags, result})

      for id <- [1, 2], do: RawPeer.tell(peer, {36, id, me, echo})
      for r <- [ref, ours], target <- [echo, :echo, :nobody, me], do: RawPeer.tell(peer, {20, me, target, r})
      for r <- [ref, ours], do: RawPeer.tell(peer, {28, me, echo, r}, :killed)
      for r <- [ref, ours], do: RawPeer.tell(peer, {21, :name, echo, r, :killed})
      RawPeer.tell(peer, {24, me, echo}, :killed)
      RawPeer.tell(peer, {3, me, echo, :killed})
      for r <- [ref, ours], do: RawPeer.tell(peer, {33, me, r}, {me, :hello})
      for flags <- [4, 4 + 16, 4 + 1], do: RawPeer.tell(peer, {37, flags, me, ours}, {me, :hello})
    end)
  end

  test "a link or a monitor twice is one, and an end that was not agreed kills nobody", context do
    assert_served(context, fn peer ->
      for _ <- 1..3, do: RawPeer.tell(peer, {1, peer.self, peer.echo})
      for _ <- 1..3, do: RawPeer.tell(peer, {19, peer.self, peer.echo, RawPeer.reference(peer)})
      RawPeer.tell(peer, {35, 1, peer.self, peer.echo})
      # The link is gone: its end is no signal any more.
      RawPeer.tell(peer, {24, peer.self, peer.echo}, :killed)
    end)
  end

  # -- spawn requests --------------------------------------------------------------------------------

  test "spawn options that are no list, are improper, or are unknown are a badopt", context do
    options = [
      :link,
      %{},
      "link",
      7,
      {:link},
      [:nonsense],
      [:link | :monitor],
      [:link, :nonsense],
      [1],
      [[]],
      [{:priority}],
      [{:a, 1, 2}],
      ~c"link",
      [{:reply, :no}],
      [{:reply_tag, 1}],
      [:link | [1]],
      [{:monitor, []} | :x],
      [nil]
    ]

    assert_served(context, fn peer ->
      for {option, number} <- Enum.with_index(options) do
        ref = RawPeer.reference(peer, number)
        RawPeer.tell(peer, {29, ref, peer.self, peer.self, {:nowhere, :nothing, 0}, option}, [])
        assert {option, {{31, ref, peer.self, 0, :badopt}, nil}} == {option, RawPeer.hear_op(peer, 31)}
      end
    end)
  end

  test "arguments that are no list, or not of the arity, start a process that ends", context do
    assert_served(context, fn peer ->
      for {arguments, number} <- Enum.with_index([:a, 7, {}, %{}, [1 | 2], "binary", [1, 2, 3], ~c"abc", []]) do
        ref = RawPeer.reference(peer, number)
        RawPeer.tell(peer, {29, ref, peer.self, peer.self, {:nowhere, :nothing, 2}, [:monitor]}, arguments)
        assert {{31, ^ref, _, 2, child}, nil} = RawPeer.hear_op(peer, 31)
        assert {{28, ^child, _, ^ref}, reason} = RawPeer.hear_op(peer, 28)
        assert elem(reason, 0) in [:undef, :badarg]
      end
    end)
  end

  test "a function that is none is hung up on", context do
    for wrong <- [
          :a,
          {},
          {:m, :f},
          {"m", :f, 0},
          {:m, 1, 0},
          {:m, :f, -1},
          {:m, :f, :a},
          {:m, :f, 0, 0},
          [:m, :f, 0],
          {:m, :f, 1.0}
        ] do
      assert_closed(context, &RawPeer.tell(&1, {29, RawPeer.reference(&1), &1.self, &1.self, wrong, []}, []))
    end
  end

  test "1000 spawn requests of unknown functions in one go are all answered", context do
    assert_served(context, fn peer ->
      frames =
        for number <- 1..1_000 do
          control = {29, RawPeer.reference(peer, number), peer.self, peer.self, {:nowhere, :nothing, 0}, [:link]}
          Wire.frame(Wire.message(peer.framing, Wire.ext(control), Wire.ext([])))
        end

      RawPeer.send_bytes(peer, frames)
      for _ <- 1..1_000, do: assert({{31, _, _, 1, _}, nil} = RawPeer.hear_op(peer, 31, 5_000))
    end)
  end
end
