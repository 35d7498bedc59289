defmodule RawPeer do
  @moduledoc """
  A peer that is no node, only a socket: it does the handshake step by step or as a whole, on either
  side, and then says what it is told to.
  """
  require ExUnit.Assertions

  defstruct [:socket, :name, :creation, :framing, :self, :echo, :atoms]

  @creation 0x6B032CE9

  # -- single steps --------------------------------------------------------------------------------

  def open(port) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false, nodelay: true], 5_000)
    socket
  end

  @doc "Sends any bytes; whether they arrive is seen by what comes back."
  def send_bytes(%__MODULE__{socket: socket}, bytes), do: send_bytes(socket, bytes)
  def send_bytes(socket, bytes), do: _ = :gen_tcp.send(socket, bytes)

  def send_packet(socket, message), do: send_bytes(socket, Wire.packet(message))

  @doc "The next packet of the handshake, or `:closed` or `:silence`."
  def packet(socket, timeout \\ 3_000) do
    with {:ok, <<size::16>>} <- :gen_tcp.recv(socket, 2, timeout),
         {:ok, message} <- take(socket, size, timeout) do
      message
    else
      other -> ended(other)
    end
  end

  defp take(_socket, 0, _timeout), do: {:ok, ""}
  defp take(socket, size, timeout), do: :gen_tcp.recv(socket, size, timeout)

  defp ended({:error, :timeout}), do: :silence
  defp ended({:error, _closed_or_reset}), do: :closed

  @doc "The status, as text."
  def status(socket, timeout \\ 3_000) do
    case packet(socket, timeout) do
      "s" <> text -> text
      other -> other
    end
  end

  def challenge(socket) do
    <<"N", flags::64, challenge::32, creation::32, size::16, name::binary-size(size)>> = packet(socket)
    %{flags: flags, challenge: challenge, creation: creation, name: name}
  end

  @doc "Proves the cookie, and has the other side prove it: `:ok`, or what came instead."
  def prove(socket, challenge, cookie \\ CityCase.cookie(), ours \\ 77) do
    send_packet(socket, Wire.reply(ours, Wire.digest(cookie, challenge)))
    acknowledged(socket, ours, cookie)
  end

  def acknowledged(socket, ours, cookie \\ CityCase.cookie()) do
    expected = Wire.ack(Wire.digest(cookie, ours))

    case packet(socket) do
      ^expected -> :ok
      other -> other
    end
  end

  @doc "Everything that still comes is passed over: `:closed` when the end is reached, else `:open`."
  def ending(peer, timeout \\ 3_000)
  def ending(%__MODULE__{socket: socket}, timeout), do: ending(socket, timeout)

  def ending(socket, timeout) do
    case :gen_tcp.recv(socket, 0, timeout) do
      {:ok, _} -> ending(socket, timeout)
      {:error, :timeout} -> :open
      {:error, _} -> :closed
    end
  end

  # -- whole handshakes ----------------------------------------------------------------------------

  @doc """
  Connects as `name` and is up. Options: `:flags`, `:creation`, `:echo` (false: do not ask who the
  echo is).
  """
  def connect(port, name, options \\ []) do
    flags = Keyword.get(options, :flags, Wire.all_flags())
    creation = Keyword.get(options, :creation, @creation)
    socket = open(port)
    send_packet(socket, Wire.name(to_string(name), flags, creation))
    finish(socket, name, options, status(socket))
  end

  @doc "What is left when the status has come."
  def finish(socket, name, options \\ [], status \\ "ok") do
    ExUnit.Assertions.assert(status in ["ok", "ok_simultaneous"])
    %{challenge: challenge, flags: theirs} = challenge(socket)
    ExUnit.Assertions.assert(:ok == prove(socket, challenge))
    up(socket, name, theirs, options)
  end

  @doc "A connected peer, of a socket whose handshake is done."
  def up(socket, name, theirs, options \\ []) do
    flags = Keyword.get(options, :flags, Wire.all_flags())
    creation = Keyword.get(options, :creation, @creation)
    headers = Bitwise.band(Bitwise.band(flags, theirs), Wire.bits([13, 23])) != 0
    me = Wire.pid(name, 11, 3, creation)
    framing = if headers, do: :header, else: :plain
    atoms = :ets.new(:atoms, [:public])
    peer = %__MODULE__{socket: socket, name: name, creation: creation, framing: framing, self: me, atoms: atoms}
    if Keyword.get(options, :echo, true), do: %{peer | echo: echo_of(peer)}, else: peer
  end

  @doc "A listener for `name` that epmd knows; it goes with the test. `{listener, port}`."
  def listen(name) do
    {:ok, listener} = :gen_tcp.listen(0, [:binary, ip: {127, 0, 0, 1}, active: false, nodelay: true])
    {:ok, port} = :inet.port(listener)
    [short, _host] = String.split(to_string(name), "@")
    epmd_port = String.to_integer(System.get_env("ERL_EPMD_PORT", "4369"))
    {:ok, epmd} = :gen_tcp.connect({127, 0, 0, 1}, epmd_port, [:binary, packet: 2, active: false])
    :ok = :gen_tcp.send(epmd, <<120, port::16, 77, 0, 6::16, 5::16, byte_size(short)::16, short::binary, 0::16>>)
    :inet.setopts(epmd, packet: 0)
    {:ok, <<118, 0, _creation::32>>} = :gen_tcp.recv(epmd, 6, 5_000)
    {listener, port}
  end

  @doc "Who dials: its socket and its name message."
  def accept(listener, timeout \\ 5_000) do
    {:ok, socket} = :gen_tcp.accept(listener, timeout)
    {socket, packet(socket)}
  end

  @doc "The rest of an accepted handshake, from the challenge on."
  def accept_rest(socket, name, options \\ []) do
    flags = Keyword.get(options, :flags, Wire.all_flags())
    send_packet(socket, Wire.challenge(to_string(name), 1234, flags))
    <<"r", theirs::32, proof::binary>> = packet(socket)
    ExUnit.Assertions.assert(proof == Wire.digest(CityCase.cookie(), 1234))
    send_packet(socket, Wire.ack(Wire.digest(CityCase.cookie(), theirs)))
    up(socket, name, Wire.all_flags(), options)
  end

  # -- when it is up -------------------------------------------------------------------------------

  @doc "Sends a control message, as a term, and perhaps a payload."
  def tell(peer, control), do: tell_encoded(peer, Wire.ext(control), nil)
  def tell(peer, control, payload), do: tell_encoded(peer, Wire.ext(control), Wire.ext(payload))

  @doc "The same, of parts that are encoded already."
  def tell_encoded(peer, control, payload), do: tell_frame(peer, Wire.message(peer.framing, control, payload))

  @doc "Sends one frame."
  def tell_frame(peer, body), do: send_bytes(peer, Wire.frame(body))

  @doc "The next message as `{control, payload}`, the payload nil if there is none; or `:closed`, `:silence`."
  def hear(%__MODULE__{socket: socket} = peer, timeout \\ CityCase.patience(3_000)) do
    with {:ok, <<size::32>>} <- :gen_tcp.recv(socket, 4, timeout),
         {:ok, body} <- take(socket, size, timeout) do
      if body == "", do: hear(peer, timeout), else: parts(peer, body)
    else
      other -> ended(other)
    end
  end

  defp parts(_peer, <<112, terms::binary>>) do
    {control, used} = :erlang.binary_to_term(terms, [:used])

    case binary_part(terms, used, byte_size(terms) - used) do
      "" -> {control, nil}
      payload -> {control, :erlang.binary_to_term(payload)}
    end
  end

  defp parts(_peer, <<131, 68, 0, terms::binary>>), do: numbered({}, terms)

  # The atoms of a header: four bits each that say whether it is new and its segment, then they themselves.
  defp parts(peer, <<131, 68, count, bytes::binary>>) do
    size = div(count, 2) + 1
    <<flags::binary-size(size), bytes::binary>> = bytes
    halves = for <<high::4, low::4 <- flags>>, half <- [low, high], do: half

    {names, terms} =
      Enum.map_reduce(Enum.take(halves, count), bytes, fn
        half, <<index, size, name::binary-size(size), rest::binary>> when half >= 8 ->
          atom = String.to_atom(name)
          :ets.insert(peer.atoms, {{half - 8, index}, atom})
          {atom, rest}

        half, <<index, rest::binary>> ->
          {:ets.lookup_element(peer.atoms, {half, index}, 2), rest}
      end)

    numbered(List.to_tuple(names), terms)
  end

  # A control message and perhaps a payload, one behind the other: as elements of a tuple.
  defp numbered(names, terms) do
    :erts_debug.dist_ext_to_term(names, <<131, 104, 2, terms::binary>>)
  rescue
    ArgumentError ->
      {control} = :erts_debug.dist_ext_to_term(names, <<131, 104, 1, terms::binary>>)
      {control, nil}
  end

  @doc "The next message whose control matches, others passed over."
  def hear_op(peer, op, timeout \\ CityCase.patience(3_000)) do
    case hear(peer, timeout) do
      {control, _} = message when elem(control, 0) == op -> message
      {_, _} -> hear_op(peer, op, timeout)
      other -> other
    end
  end

  @doc "The pid of the city's echo. Fails if this connection is not served."
  def echo_of(peer) do
    tag = System.unique_integer()
    tell(peer, {6, peer.self, :"", :echo}, {peer.self, tag})

    case hear_echo(peer, tag) do
      {:echoed, pid} -> pid
      other -> ExUnit.Assertions.flunk("#{peer.name} is not served: #{inspect(other)}")
    end
  end

  defp hear_echo(peer, tag) do
    case hear(peer) do
      {_control, {pid, ^tag}} -> {:echoed, pid}
      {_, _} -> hear_echo(peer, tag)
      other -> other
    end
  end

  @doc "Spawns a process of the city."
  def spawn(peer, module, function) do
    ref = reference(peer, 0x1_FFFF)
    tell(peer, {29, ref, peer.self, peer.self, {module, function, 0}, []}, [])
    {{31, ^ref, _, 0, pid}, nil} = hear_op(peer, 31)
    pid
  end

  @doc "Whether it is still served, now or after what it sent before."
  def served?(peer), do: is_pid(echo_of(peer))

  def reference(peer, number \\ 1), do: Wire.reference(peer.name, peer.creation, [number, 2, 3])
  def close(%__MODULE__{socket: socket}), do: :gen_tcp.close(socket)
end
