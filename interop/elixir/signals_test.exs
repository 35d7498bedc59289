defmodule Observer do
  @moduledoc "What the signaller talks to. Before OTP 28 there are no priority messages."

  def start do
    pid = spawn(fn ->
      Process.flag(:trap_exit, true)
      Process.register(self(), :observer)
      serve()
    end)
    wait_for_name(pid)
  end

  defp wait_for_name(pid), do: if(Process.whereis(:observer) != pid, do: wait_for_name(pid))

  def release, do: :erlang.list_to_integer(:erlang.system_info(:otp_release))
  defp has_priority?, do: release() >= 28

  defp serve do
    receive do
      {from, :alias} ->
        made = if has_priority?(), do: :erlang.alias([:priority]), else: :erlang.alias()
        send(from, {:alias, made})

      {from, :look} ->
        send(from, {:seen, drain()})

      {from, :leader} ->
        send(from, {:leader, Process.group_leader()})

      {from, :send, made, plain} ->
        send(from, :o1)
        send_first(made, :p1)
        if has_priority?(), do: apply(:erlang, :exit, [made, :why, [:priority]])
        send(made, :o2)
        send_first(plain, :p2)
        send(from, :done)
    end

    serve()
  end

  defp send_first(to, what) do
    if has_priority?(), do: :erlang.send(to, what, [:priority]), else: send(to, what)
  end

  defp drain do
    receive do
      {:EXIT, _, :why} -> [:EXIT | drain()]
      word when is_atom(word) -> [word | drain()]
    after
      0 -> []
    end
  end
end

defmodule SignalsTest do
  @moduledoc "The rarer signals between interop/cpp/signaller.cpp and this BEAM."
  use CityCase
  @moduletag city: false

  @tag :capture_log
  test "priority, spawn requests, group leaders and monitors of nodes are as between BEAMs" do
    Observer.start()
    signaller = Program.start(:signaller, [fresh_node("signaller"), cookie(), node(), "#{Observer.release()}"])
    {status, _} = Program.await_exit(signaller, 60_000)
    assert {status, Enum.reject(Program.lines(signaller), &(&1 =~ ~r/^ok /))} == {0, ["DONE"]}
  end
end
