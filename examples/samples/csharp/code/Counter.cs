using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using Aliyun.Serverless.Core;

namespace Samples
{
    /// <summary>Counts the invocations of its instance by two.</summary>
    public class Counter
    {
        private int count;

        public Stream HandleRequest(Stream input, IFcContext context)
        {
            int now = Interlocked.Add(ref count, 2);
            return new MemoryStream(Encoding.UTF8.GetBytes(now.ToString(CultureInfo.InvariantCulture)));
        }

        public void PreStop(IFcContext context)
        {
            Console.WriteLine("the last count of this instance is " + count.ToString(CultureInfo.InvariantCulture));
        }
    }
}
