defmodule MalformedTermsTest do
  @moduledoc """
  External terms that are none, in every place of a message where a term may stand
  (erl_ext_dist). A connection whose bytes make no sense ends, before anybody sees them: nobody's
  mailbox, exit reason or arguments.
  """
  use HostileCase
  import Wire, only: [ext: 1]

  @node "raw@127.0.0.1"
  @atom <<119, 13, "raw@127.0.0.1">>

  @bad [
    {"nothing at all after a list begins", <<108, 1::32>>},
    {"a reference to an atom that is not there", <<82, 137>>},
    {"an unknown tag", <<?\?, 66>>},
    {"tag 0", <<0>>},
    {"tag 255", <<255>>},
    {"the tags Erlang keeps for itself: H", "H"},
    {"I", "I" <> <<0::64>>},
    {"J", "J" <> <<0::64>>},
    {"K", "K" <> <<0::64>>},
    {"L", "L" <> <<0::64>>},
    {"N", "N" <> <<0::64>>},
    {"a version number inside", <<131, 97, 1>>},
    {"a distribution header inside", <<68, 0, 97, 1>>},
    {"a compressed term inside", <<104, 1, 80, 1::32, 120, 156>>},
    {"not a number", <<70, 0x7FF8_0000_0000_0000::64>>},
    {"infinity", <<70, 0xFFF0_0000_0000_0000::64>>},
    {"half a float", <<70, 0::32>>},
    {"an old float that is none", <<99, "no float at all", 0::128>>},
    {"half an old float", <<99, "1.0">>},
    {"half an integer", <<98, 0::24>>},
    {"a large integer that is longer than its bytes", <<110, 9, 0, 1>>},
    {"one of 4 GiB", <<111, 0xFFFF_FFFF::32, 0, 1>>},
    {"an atom longer than its bytes", <<119, 200, "short">>},
    {"an atom of 256 characters", <<118, 256::16, String.duplicate("a", 256)::binary>>},
    {"an atom of 256 Latin-1 characters", <<100, 256::16, String.duplicate("a", 256)::binary>>},
    {"an atom that is not UTF-8", <<119, 2, 0xC3, 0x28>>},
    {"a tuple of more than there is", <<104, 2, 97, 1>>},
    {"a tuple of 2^32-1", <<105, 0xFFFF_FFFF::32, 97, 1>>},
    {"a list of 2^32-1", <<108, 0xFFFF_FFFF::32, 97, 1>>},
    {"a list without its end", <<108, 1::32, 97, 1>>},
    {"a string longer than its bytes", <<107, 9::16, "short">>},
    {"a binary of 4 GiB", <<109, 0xFFFF_FFFF::32, "short">>},
    {"a bitstring of 0 bits in its last byte", <<77, 1::32, 0, 1>>},
    {"one of 9", <<77, 1::32, 9, 1>>},
    {"one of no bytes", <<77, 0::32, 3>>},
    {"a map of 2^32-1 pairs", <<116, 0xFFFF_FFFF::32, 97, 1, 97, 1>>},
    {"a map with half a pair", <<116, 1::32, 97, 1>>},
    {"a pid whose node is no atom", <<88, 97, 1, 1::32, 1::32, 1::32>>},
    {"half a pid", <<88, @atom::binary, 1::32, 1::32>>},
    {"an old pid of a creation above 3", <<103, @atom::binary, 1::32, 1::32, 4>>},
    {"half a port", <<120, @atom::binary, 1::64>>},
    {"a port whose node is no atom", <<89, 106, 1::32, 1::32>>},
    {"a reference of six words", <<90, 6::16, @atom::binary, 1::32, 0::size(192)>>},
    {"a reference of more words than there are", <<90, 5::16, @atom::binary, 1::32, 1::32>>},
    {"a reference whose node is no atom", <<90, 1::16, 97, 1, 1::32, 1::32>>},
    {"a function of an old kind", <<117, 0::32, 97, 1>>},
    {"a function whose pid is none", <<112, 60::32, 0, 0::128, 0::32, 0::32, 119, 1, "m", 97, 0, 97, 0, 97, 7>>},
    {"a function of 2^32-1 variables", <<112, 60::32, 0, 0::128, 0::32, 0xFFFF_FFFF::32, 119, 1, "m", 97, 0, 97, 0, 97, 7>>},
    {"half a function", <<112, 60::32, 0, 0::64>>},
    {"fun M:F/A whose arity is no number", <<113, 119, 1, "m", 119, 1, "f", 106>>},
    {"fun M:F/A whose function is no atom", <<113, 119, 1, "m", 97, 1, 97, 1>>},
    {"a record with unknown flags", <<67, 0::32, 254, 119, 1, "m", 119, 1, "r">>},
    {"a record of more fields than there are", <<67, 3::32, 1, 119, 1, "m", 119, 1, "r", 119, 1, "f">>},
    {"a deep one that ends too early", String.duplicate(<<104, 1>>, 100_000)},
    {"deep lists that end too early", String.duplicate(<<108, 1::32>>, 100_000)}
  ]

  # Where it stands: the control message and what follows, of a peer, encoded.
  @places [
    {"a message to a pid", :payload, &__MODULE__.to_pid/1},
    {"a message to a pid that is gone", :payload, &__MODULE__.to_gone/1},
    {"a message to a name", :payload, &__MODULE__.to_name/1},
    {"a message to a name that nobody has", :payload, &__MODULE__.to_nobody/1},
    {"a message to an alias that is none", :payload, &__MODULE__.to_alias/1},
    {"an exit reason", :payload, &__MODULE__.exit/1},
    {"the reason of exit/2", :payload, &__MODULE__.exit2/1},
    {"the reason of a monitored process", :payload, &__MODULE__.down/1},
    {"the arguments of a spawn request", :payload, &__MODULE__.spawn/1},
    {"an exit reason in the control message", :last, &__MODULE__.old_exit/1},
    {"the reason of exit/2 in the control message", :last, &__MODULE__.old_exit2/1},
    {"the reason of a monitored process in the control message", :last, &__MODULE__.old_down/1},
    {"a trace token", :last, &__MODULE__.traced/1},
    {"spawn options", :last, &__MODULE__.options/1},
    {"an element of an unknown operation", :last, &__MODULE__.unknown/1}
  ]

  def to_pid(peer), do: {22, peer.self, peer.echo}
  def to_gone(peer), do: {22, peer.self, Wire.former(peer.echo)}
  def to_name(peer), do: {6, peer.self, :"", :echo}
  def to_nobody(peer), do: {6, peer.self, :"", :nobody}
  def to_alias(peer), do: {33, peer.self, RawPeer.reference(peer)}
  def exit(peer), do: {24, peer.self, peer.echo}
  def exit2(peer), do: {26, peer.self, peer.echo}
  def down(peer), do: {28, peer.self, peer.echo, RawPeer.reference(peer)}
  def spawn(peer), do: {29, RawPeer.reference(peer), peer.self, peer.self, {:nowhere, :nothing, 0}, []}
  def old_exit(peer), do: {3, peer.self, peer.echo}
  def old_exit2(peer), do: {8, peer.self, peer.echo}
  def old_down(peer), do: {21, peer.self, peer.echo, RawPeer.reference(peer)}
  def traced(peer), do: {12, :"", peer.echo}
  def options(peer), do: {29, RawPeer.reference(peer), peer.self, peer.self, {:nowhere, :nothing, 0}}
  def unknown(peer), do: {99, peer.self}

  # A control message with one more element, encoded already.
  defp appended(control, bad) do
    <<104, size, elements::binary>> = ext(control)
    [104, size + 1, elements, bad]
  end

  for {what, bad} <- @bad do
    test "#{what}: in messages, exit reasons and arguments", context do
      bad = unquote(bad)

      for {where, how, control} <- @places, options <- [[], [flags: Wire.plain_flags()]] do
        assert {where, :closed} ==
                 {where,
                  (fn ->
                     peer = peer_with_target(context, options)

                     case how do
                       :payload -> RawPeer.tell_encoded(peer, ext(control.(peer)), bad)
                       :last -> RawPeer.tell_encoded(peer, appended(control.(peer), bad), nil)
                     end

                     RawPeer.ending(peer)
                   end).()}
      end
    end
  end

  # What only a decoder notices. Its connection may stay, but the term must not travel on: a BEAM that
  # gets it hangs up on the one that sent it.
  @twice <<116, 2::32, 97, 1, 97, 1, 97, 1, 97, 2>>

  for {where, how, control} <- @places do
    test "a map with a key twice, in #{where}, harms nobody else", context do
      peer = peer_with_target(context)
      target = peer.echo
      ref = Process.monitor(target)
      control = unquote(control).(peer)

      case unquote(how) do
        :payload -> RawPeer.tell_encoded(peer, ext(control), [104, 2, ext(self()), @twice])
        :last -> RawPeer.tell_encoded(peer, appended(control, @twice), nil)
      end

      RawPeer.ending(peer, 100)
      # Whatever became of it, it is not handed on to us.
      assert {_, :served} = CityCase.echo(context.node, :served)

      case unquote(where) do
        "the reason of exit/2" <> _ ->
          assert_receive {:DOWN, ^ref, :process, ^target, reason} when reason != :noconnection, 2_000

        _ ->
          refute_receive {:DOWN, ^ref, _, _, _}, 50
      end

      refute_received {^target, _}
    end
  end

  test "what looks odd but is right is answered as it came", context do
    assert_served(context, fn peer ->
      for {odd, term} <- [
            {<<110, 3, 0, 7, 0, 0>>, 7},
            {<<110, 0, 0>>, 0},
            {<<110, 1, 9, 7>>, -7},
            {<<107, 0::16>>, []},
            {<<108, 0::32, 97, 7>>, 7},
            {<<108, 1::32, 97, 1, 97, 2>>, [1 | 2]},
            {<<105, 1::32, 97, 1>>, {1}},
            {<<77, 1::32, 8, 255>>, <<255>>},
            {<<77, 1::32, 3, 255>>, <<7::3>>},
            {<<100, 3::16, "abc">>, :abc},
            {<<115, 1, 0xE9>>, :é},
            {<<119, 0>>, :""},
            {<<116, 0::32>>, %{}},
            {<<99, "1.00000000000000000000e+00", 0::40>>, 1.0},
            {<<90, 0::16, @atom::binary, 1::32>>, Wire.reference(@node, 1, [])}
          ] do
        RawPeer.tell_encoded(peer, ext({6, peer.self, :"", :echo}), [104, 2, ext(peer.self), odd])
        assert {_, {_, ^term}} = RawPeer.hear(peer)
      end
    end)
  end

  for {what, opening, closing} <- [{"tuples", <<104, 1>>, ""}, {"lists", <<108, 1::32>>, <<106>>}] do
    test "300,000 #{what} in each other are a message like any other, to whoever it is for", context do
      test = self()
      whole = [String.duplicate(unquote(opening), 300_000), 106, String.duplicate(unquote(closing), 300_000)]

      assert_served(context, fn peer ->
        RawPeer.tell_encoded(peer, ext({6, peer.self, :"", :echo}), [104, 2, ext(test), whole])
        assert_receive {_, term}, 8_000
        assert nested(term, 0) == 300_000
        # As a reason, as arguments, and to nobody.
        RawPeer.tell_encoded(peer, ext({24, peer.self, peer.echo}), whole)
        RawPeer.tell_encoded(peer, ext({6, peer.self, :"", :nobody}), whole)

        RawPeer.tell_encoded(
          peer,
          ext({29, RawPeer.reference(peer), peer.self, peer.self, {:nowhere, :nothing, 1}, []}),
          whole
        )
      end)
    end
  end

  defp nested({inner}, count), do: nested(inner, count + 1)
  defp nested([inner], count), do: nested(inner, count + 1)
  defp nested([], count), do: count
end
