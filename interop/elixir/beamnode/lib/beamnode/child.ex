defmodule Beamnode.Child do
  @moduledoc """
  A process of a C++ node as the child of a supervisor here.

    * `:node` - where it runs; required
    * `:start` - `{module, function, arguments}` of a function that the node exports; required
    * `:id` - default: the function
    * `:wait` - how long a node that is not there is waited for, in ms; default: 1 000
    * `:restart`, `:shutdown`, `:significant`, `:type` - as in `Supervisor`

  The supervisor is the parent: it is linked to the process, it ends it with `:shutdown`, and sees
  its end, or `:noconnection` when the node is gone. The child is up when the process waits for its
  first message; a process that ends before has not started, for the same reason.
  """

  def child_spec(options) do
    {_module, function, _arguments} = Keyword.fetch!(options, :start)

    options
    |> Keyword.take([:restart, :shutdown, :significant, :type])
    |> Map.new()
    |> Map.merge(%{
      id: Keyword.get(options, :id, function),
      start: {__MODULE__, :start_link, [options]}
    })
  end

  @doc "Starts a process on another node, linked to the caller. Anyone may call this."
  def start_link(options) do
    node = Keyword.fetch!(options, :node)
    {module, function, arguments} = Keyword.fetch!(options, :start)
    until = System.monotonic_time(:millisecond) + Keyword.get(options, :wait, 1_000)
    start_link({:beamnode, node}, {:start_link, module, function, arguments}, until)
  end

  defp start_link(starter, order, until) do
    GenServer.call(starter, order, :infinity)
  catch
    :exit, {reason, _call} ->
      if System.monotonic_time(:millisecond) < until do
        Process.sleep(50)
        start_link(starter, order, until)
      else
        {:error, reason}
      end
  end
end
